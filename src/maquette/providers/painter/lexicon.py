"""List the words that the painter knows: colours, shapes, subjects, settings, lights, weather and finishes."""

from __future__ import annotations

from typing import Literal

Kind = Literal["shape", "pattern", "subject", "setting", "light", "weather", "season", "finish", "frame", "sky"]

COLOURS: dict[str, str] = {
    "red": "#dc1e1e", "crimson": "#b0142f", "scarlet": "#e8301f", "maroon": "#6d1423", "burgundy": "#6b1530",
    "orange": "#f5821f", "amber": "#f7a81b", "gold": "#d9a520", "golden": "#d9a520", "yellow": "#fad21e",
    "mustard": "#c99a1c", "lime": "#9bd11f", "green": "#1f9a3c", "emerald": "#0f8f5c", "olive": "#74762a",
    "mint": "#9fdcc0", "teal": "#13807f", "turquoise": "#35c4bd", "cyan": "#20c3e0", "aqua": "#3fd0d4",
    "blue": "#1e50d7", "navy": "#15245c", "azure": "#3a8de0", "indigo": "#3a2c9b", "cobalt": "#1d45ad",
    "purple": "#7a2fb5", "violet": "#7f46d1", "lavender": "#b9a5e3", "lilac": "#c6a6dc", "magenta": "#d61fa5",
    "pink": "#f58fb5", "rose": "#e8698d", "coral": "#f9745c", "salmon": "#f58f7c", "peach": "#fbc09a",
    "brown": "#7a4a28", "chocolate": "#53301c", "tan": "#cda678", "beige": "#e6d8bd", "cream": "#f8f0d8",
    "ivory": "#f9f5e4", "white": "#ffffff", "silver": "#c3c8ce", "gray": "#858a90", "grey": "#858a90",
    "charcoal": "#34383d", "black": "#000000", "copper": "#b5673a", "bronze": "#a3742f", "khaki": "#b3a36a",
    "skyblue": "#87c6ee", "ginger": "#d9792b", "blond": "#e6c878",
}  # fmt: skip

TONES = {"light": 0.45, "pale": 0.55, "pastel": 0.5, "dark": -0.45, "deep": -0.3, "bright": 0.08, "dusty": 0.2}
"""How far a tone word pulls a colour towards white (above 0) or black (below 0)."""

SIZES = {
    "tiny": 0.35, "little": 0.55, "small": 0.55, "short": 0.7, "medium": 1.0, "large": 1.45, "big": 1.45,
    "tall": 1.4, "huge": 1.9, "giant": 2.1, "enormous": 2.1, "gigantic": 2.1, "lone": 1.0,
}  # fmt: skip

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "pair": 2, "couple": 2, "both": 2, "three": 3, "few": 3,
    "four": 4, "five": 5, "several": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "many": 11,
    "eleven": 11, "twelve": 12, "dozen": 12, "flock": 9, "group": 5, "herd": 6, "school": 9, "fifteen": 15,
    "twenty": 20,
}  # fmt: skip

PLACES: dict[str, tuple[float | None, float | None]] = {
    "left": (0.22, None), "right": (0.78, None), "top": (None, 0.22), "upper": (None, 0.22), "bottom": (None, 0.78),
    "lower": (None, 0.78), "centre": (0.5, 0.5), "center": (0.5, 0.5), "middle": (0.5, 0.5), "centered": (0.5, 0.5),
    "centred": (0.5, 0.5),
}  # fmt: skip

RELATIONS = {
    "above": "above", "over": "above", "atop": "above", "below": "below", "under": "below", "beneath": "below",
    "underneath": "below", "leftof": "left", "rightof": "right", "beside": "right", "nextto": "right",
    "inside": "inside", "within": "inside", "in": "inside",
    "on": "inside", "onto": "inside", "around": "around", "behind": "around",
    "surrounding": "around",
}  # fmt: skip

PHRASES = {
    "to the left of": "leftof",
    "left of": "leftof",
    "to the right of": "rightof",
    "right of": "rightof",
    "next to": "nextto",
    "on top of": "above",
    "in front of": "inside",
    "hot air balloon": "balloon",
    "black and white": "monochrome",
    "golden hour": "sunset",
    "blue hour": "dusk",
    "close up": "closeup",
    "living room": "interior",
    "palm tree": "palm",
    "pine tree": "pine",
    "fir tree": "pine",
    "sky blue": "skyblue",
    "northern lights": "aurora",
    "polar lights": "aurora",
    "milky way": "starfield",
    "starry sky": "starfield",
    "starry night": "starry",
    "full moon": "moon",
    "crescent moon": "crescent",
    "half moon": "crescent",
    "sail boat": "boat",
    "sailing boat": "boat",
    "rowing boat": "boat",
    "light house": "lighthouse",
    "polka dot": "polka",
    "polka dots": "polka",
    "low angle": "lowangle",
    "high angle": "highangle",
    "bird s eye": "highangle",
    "wide shot": "wide",
    "long shot": "wide",
    "establishing shot": "wide",
    "oil painting": "oil",
    "pixel art": "pixel",
    "outer space": "space",
    "under water": "underwater",
    "film noir": "noir",
    "old town": "village",
    "deep sea": "underwater",
    "coral reef": "underwater",
    "semi circle": "semicircle",
    "half circle": "semicircle",
    "corn field": "field",
    "snow covered": "snowy",
    "new york": "city",
    "north pole": "arctic",
    "sunflower field": "meadow",
    "lavender field": "meadow",
    "cherry blossom": "spring",
}

_WORDS: dict[Kind, dict[str, str]] = {
    "shape": {
        "disc": "disc circle disk dot ball sphere orb",
        "square": "square cube box",
        "triangle": "triangle pyramid",
        "rectangle": "rectangle",
        "oval": "oval ellipse egg",
        "star": "star",
        "heart": "heart",
        "hexagon": "hexagon",
        "pentagon": "pentagon",
        "octagon": "octagon",
        "diamond": "diamond rhombus lozenge",
        "ring": "ring donut torus hoop",
        "cross": "cross plus",
        "crescent": "crescent",
        "arrow": "arrow",
        "line": "line bar stroke",
        "semicircle": "semicircle",
        "drop": "drop droplet teardrop",
    },
    "pattern": {
        "stripes": "stripe striped",
        "checks": "checkerboard chessboard checkered chequered checked",
        "dots": "polka dotted",
        "gradient": "gradient ombre",
    },
    "setting": {
        "sea": "sea ocean seaside seascape waves wave bay coast harbour harbor",
        "lake": "lake pond fjord",
        "river": "river stream creek brook canal",
        "beach": "beach shore",
        "island": "island",
        "mountain": "mountain mountains peak summit alps alpine cliff canyon valley",
        "volcano": "volcano",
        "hill": "hill countryside landscape highland",
        "field": "field farm prairie savanna savannah steppe farmland",
        "meadow": "meadow garden park pasture",
        "forest": "forest wood woods jungle woodland grove clearing",
        "desert": "desert dune sahara",
        "arctic": "arctic glacier antarctica iceberg tundra",
        "city": ("city skyline skyscraper town downtown metropolis street urban building rooftop"),
        "village": "village hamlet",
        "road": "road highway path lane railway track",
        "interior": "interior room indoors kitchen bedroom office studio cafe hall",
        "underwater": "underwater reef aquarium seabed",
        "space": "space galaxy cosmos nebula universe orbit",
    },
    "light": {
        "day": "day daylight noon midday afternoon sunny sunlit",
        "dawn": "dawn sunrise morning daybreak",
        "sunset": "sunset evening",
        "dusk": "dusk twilight nightfall",
        "night": "night midnight nocturnal starry moonlit",
    },
    "weather": {
        "rain": "rain rainy raining drizzle downpour",
        "snow": "snowfall snowing blizzard snowstorm",
        "fog": "fog foggy mist misty haze hazy",
        "storm": "storm stormy thunderstorm lightning thunder",
        "cloud": "cloud cloudy overcast",
        "clear": "cloudless",
    },
    "season": {
        "winter": "winter snow snowy frozen icy",
        "spring": "spring blossom",
        "autumn": "autumn fall autumnal",
        "summer": "summer",
    },
    "sky": {
        "sun": "sun",
        "moon": "moon",
        "stars": "starfield constellation",
        "aurora": "aurora",
        "rainbow": "rainbow",
        "planet": "planet saturn jupiter",
        "comet": "comet meteor",
    },
    "finish": {
        "monochrome": "monochrome bw greyscale grayscale noir",
        "sepia": "sepia vintage",
        "pastel": "watercolor watercolour soft dreamy",
        "neon": "neon cyberpunk synthwave vaporwave",
        "pixel": "pixel pixelated",
        "flat": "flat minimal minimalist",
        "oil": "oil impressionist painterly",
    },
    "frame": {
        "close": "closeup portrait macro",
        "wide": "wide panorama panoramic",
        "high": "highangle aerial",
        "low": "lowangle",
    },
    "subject": {
        "person": (
            "person man woman figure girl boy hero traveller traveler walker hiker stranger "
            "silhouette human someone people child kid father mother dancer soldier farmer "
            "wanderer detective knight astronaut"
        ),
        "house": "house cottage cabin hut home barn chalet shed",
        "castle": "castle fortress palace tower",
        "lighthouse": "lighthouse",
        "church": "church chapel cathedral",
        "windmill": "windmill mill",
        "tent": "tent camp",
        "tree": "tree oak apple maple birch",
        "pine": "pine fir spruce conifer",
        "palm": "palm",
        "cactus": "cactus",
        "flower": "flower tulip poppy daisy sunflower roses",
        "mushroom": "mushroom toadstool",
        "bush": "bush shrub hedge",
        "boat": "boat sailboat ship yacht vessel canoe",
        "car": "car taxi van vehicle",
        "train": "train locomotive tram",
        "balloon": "balloon",
        "rocket": "rocket spaceship spacecraft",
        "plane": "plane airplane aeroplane jet",
        "bridge": "bridge",
        "fox": "fox",
        "cat": "cat kitten",
        "dog": "dog puppy wolf",
        "horse": "horse pony stallion unicorn",
        "deer": "deer stag elk reindeer",
        "rabbit": "rabbit bunny hare",
        "bear": "bear",
        "elephant": "elephant",
        "bird": "bird seagull gull eagle swallow raven crow hawk",
        "owl": "owl",
        "fish": "fish goldfish shark",
        "whale": "whale dolphin",
        "butterfly": "butterfly moth",
        "lamp": "lamp lantern streetlight",
        "chair": "chair armchair",
        "table": "table desk",
        "rock": "rock stone boulder",
        "cup": "cup mug teacup",
        "plant": "plant houseplant",
        "fire": "campfire fire bonfire",
    },
}

LEXICON: dict[str, tuple[Kind, str]] = {
    word: (kind, name) for kind, names in _WORDS.items() for name, words in names.items() for word in words.split()
}
"""Each noun to its kind and the name under which it is painted."""

IRREGULAR = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "kids": "kid",
    "mice": "mouse",
    "wolves": "wolf",
    "leaves": "leaf",
    "cacti": "cactus",
    "vertices": "vertex",
    "foxes": "fox",
    "horses": "horse",
    "houses": "house",
    "rhombi": "rhombus",
    "crosses": "cross",
    "boxes": "box",
    "circles": "circle",
    "skies": "sky",
    "ponies": "pony",
    "knives": "knife",
}

_PLAIN_WORDS = """
a an the of and or with in on at to by for from into is are was be it its this that these those there some very
some as like near through across along under over out up down off between both each other against upon picture
image painting photo photograph drawing illustration scene shot view style art show showing shows make draw paint
render me please background backdrop canvas plain solid simple pure filled coloured colored colour color shape
shapes centered beautiful nice corner side edge front back quiet calm peaceful standing sitting walking running
flying swimming sailing looking sleeping alone lonely old new young long wide distant far away high low one sky
water ground grass light air two his her their my your our s cinematic detailed quality tall narrow hovering
floating resting lying row column grid line horizontal vertical large small big
"""

IGNORED = frozenset(_PLAIN_WORDS.split())
"""Words that promise nothing that could be missed in the picture."""
