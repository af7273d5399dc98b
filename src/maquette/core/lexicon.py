"""Words by which the look of a scene is recognised in ordinary English. Data alone."""

from __future__ import annotations

STYLES: tuple[str, ...] = (
    "oil painting", "watercolour", "watercolor", "pencil sketch", "charcoal drawing", "line art", "pixel art",
    "comic book", "comic", "manga", "anime", "cartoon", "photorealistic", "photograph", "photo", "cinematic",
    "film noir", "noir", "art deco", "art nouveau", "impressionist", "expressionist", "surreal", "minimalist",
    "baroque", "gothic", "cyberpunk", "steampunk", "vaporwave", "low poly", "isometric", "claymation", "woodcut",
    "linocut", "engraving", "ukiyo-e", "pop art", "concept art", "digital painting", "storybook", "fresco", "collage",
)  # fmt: skip
"""Manners of a picture; the longer one of two that begin alike stands first."""

MOODS: tuple[str, ...] = (
    "melancholic", "melancholy", "gloomy", "sombre", "somber", "eerie", "ominous", "sinister", "spooky", "tense",
    "mysterious", "dreamy", "dreamlike", "whimsical", "playful", "cheerful", "joyful", "happy", "hopeful", "romantic",
    "nostalgic", "peaceful", "calm", "serene", "tranquil", "cosy", "cozy", "lonely", "sad", "angry", "epic", "majestic",
    "dramatic", "solemn", "festive", "bleak", "quiet",
)  # fmt: skip
"""What a scene feels like."""

TIMES: tuple[str, ...] = (
    "golden hour", "blue hour", "early morning", "late afternoon", "late evening", "daybreak", "dawn", "sunrise",
    "morning", "midday", "noon", "afternoon", "sunset", "dusk", "twilight", "evening", "midnight", "night",
)  # fmt: skip
"""Times of day."""

WEATHERS: tuple[str, ...] = (
    "thunderstorm", "snowstorm", "storm", "rainy", "rain", "snowy", "snow", "foggy", "fog", "misty", "mist", "cloudy",
    "overcast", "sunny", "windy", "moonlit", "starry", "hail", "drizzle",
)  # fmt: skip
"""Weather and light of the sky."""

COLOURS: tuple[str, ...] = (
    "red", "crimson", "scarlet", "maroon", "orange", "amber", "gold", "golden", "yellow", "green", "emerald", "olive",
    "teal", "turquoise", "cyan", "blue", "azure", "navy", "indigo", "violet", "purple", "lavender", "magenta", "pink",
    "brown", "beige", "ivory", "white", "grey", "gray", "silver", "black", "bronze", "copper",
)  # fmt: skip
"""Colours."""

PLACES: frozenset[str] = frozenset({
    "alley", "apartment", "attic", "bakery", "balcony", "bar", "barn", "basement", "bay", "beach", "bookshop", "bridge",
    "cabin", "café", "cafe", "canal", "canyon", "castle", "cathedral", "cave", "cellar", "chapel", "church", "city",
    "classroom", "cliff", "clearing", "coast", "cottage", "court", "courtyard", "desert", "dock", "dungeon", "farm",
    "field", "forest", "garden", "gorge", "greenhouse", "hall", "harbour", "harbor", "hill", "hospital", "hotel",
    "house", "hut", "inn", "island", "jungle", "kitchen", "laboratory", "lake", "library", "lighthouse", "manor",
    "market", "marsh", "meadow", "mill", "mine", "monastery", "moon", "moor", "mountain", "mountains", "museum",
    "ocean", "office", "orchard", "palace", "park", "pier", "planet", "plaza", "port", "prairie", "prison", "pub",
    "quarry", "restaurant", "river", "road", "roof", "rooftop", "room", "ruins", "sea", "ship", "shop", "shore",
    "spaceship", "square", "stable", "station", "street", "studio", "swamp", "tavern", "temple", "theatre", "theater",
    "tower", "town", "train", "tunnel", "valley", "village", "vineyard", "volcano", "waterfall", "woods", "workshop",
})  # fmt: skip
"""Nouns that name a place."""

STOP: frozenset[str] = frozenset({
    "a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "back", "be",
    "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "come", "could", "day",
    "did", "do", "does", "doing", "done", "down", "each", "even", "every", "few", "first", "for", "from", "further",
    "get", "give", "go", "goes", "going", "good", "got", "had", "has", "have", "having", "he", "her", "here", "hers",
    "herself", "him", "himself", "his", "how", "i", "if", "in", "into", "is", "it", "its", "itself", "just", "know",
    "let", "like", "look", "looks", "made", "make", "makes", "many", "may", "me", "might", "more", "most", "much",
    "must", "my", "myself", "near", "new", "no", "nor", "not", "now", "of", "off", "ok", "okay", "on", "once", "one",
    "only", "or", "other", "our", "ours", "out", "over", "own", "please", "really", "said", "same", "say", "says",
    "see", "seems", "shall", "she", "should", "show", "so", "some", "something", "still", "such", "sure", "take",
    "tell", "than", "thank", "thanks", "that", "the", "their", "theirs", "them", "themselves", "then", "there",
    "these", "they", "thing", "things", "think", "this", "those", "though", "through", "to", "too", "two", "under",
    "until", "up", "us", "use", "very", "want", "wants", "was", "way", "we", "well", "were", "what", "when", "where",
    "which", "while", "who", "whom", "why", "will", "with", "without", "would", "yes", "yet", "you", "your", "yours",
    "yourself",
})  # fmt: skip
"""Words that say nothing of what a text is about."""
