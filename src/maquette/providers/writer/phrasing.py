"""The sentences that the templates choose from.

`{it}` is the subject as it is first named, `{again}` as it is named later and `{Again}` the same at the start of a
sentence. Verbs after a subject are modal (can, may, will), so that they suit one thing and many.
"""

from __future__ import annotations

from typing import Final, Literal

Tone = Literal["neutral", "friendly", "formal", "playful"]

OPENINGS: Final[dict[Tone, tuple[str, ...]]] = {
    "neutral": (
        "This is a text about {it}, and about what can be learned by looking twice.",
        "Few subjects are as close at hand as {it}, and few are looked at with so little patience.",
        "There is more to {it} than a first glance will show.",
    ),
    "friendly": (
        "Let us take a few minutes for {it}: they will be well spent.",
        "If you have ever wondered about {it}, you are in good company.",
        "Here is a warm welcome to anyone who is curious about {it}.",
    ),
    "formal": (
        "The following text gives a short account of {it}.",
        "The purpose of this text is to introduce {it} and to set out the questions that follow from it.",
        "Any account of {it} should begin with a plain description of what is there.",
    ),
    "playful": (
        "Stop everything: it is time to talk about {it}.",
        "Nobody ever complained that they had heard too much about {it}. Let us test that.",
        "Some people collect stamps; others simply cannot stop thinking about {it}.",
    ),
}

CLOSINGS: Final[dict[Tone, tuple[str, ...]]] = {
    "neutral": (
        "In the end, {again} will mean something different to every reader. That is a good reason to come back.",
        "What remains is the wish to know more about {again}, and the next step is a small one.",
        "Whatever comes next, {again} will repay the attention.",
    ),
    "friendly": (
        "Take what is useful here, leave the rest, and enjoy {again} in your own way.",
        "If this made you want to know more about {again}, it has done its work. Tell us what you find.",
        "Thank you for reading; may {again} bring you as much pleasure as it has brought us to write about.",
    ),
    "formal": (
        "In conclusion, {again} should be judged by what can be observed, and the judgement should be kept open.",
        "Further work on {again} may begin with the questions raised above.",
        "The points above do not settle the matter of {again}; they may help to frame it.",
    ),
    "playful": (
        "And that is that. If {again} should ever be mentioned at dinner, you now have something to say.",
        "Now go and tell somebody about {again}. You know that you want to.",
        "The end, or rather: the beginning of a long friendship with {again}.",
    ),
}

SECTIONS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "A first look",
        (
            "The best way to begin is to describe what is there before saying what it means.",
            "Seen from a distance, {again} can look simple. Closer up, the details begin to tell a story of their own.",
            "Shape, colour and setting come first; names and explanations can wait.",
            "A reader who can picture {again} will follow the rest with ease.",
            "It helps to ask three plain questions: what is it, where is it, and what is it next to?",
        ),
    ),
    (
        "Why it matters",
        (
            "People may come to {again} for different reasons: use, beauty, memory or plain curiosity.",
            "Each of these reasons is worth taking seriously, and none of them rules out the others.",
            "What matters is seldom the subject alone. It is what the subject makes possible.",
            "One honest example will do more here than ten general claims.",
            "Without {again}, something would be missing, and it is worth saying exactly what.",
        ),
    ),
    (
        "How to begin",
        (
            "A good start is small: one afternoon, one place, one question about {again}.",
            "Write down what you notice, even if it seems obvious. The obvious is what others have stopped seeing.",
            "Then talk to somebody who has spent more time on it than you have.",
            "Compare two cases side by side; the differences will show you where to look next.",
            "There is no need to finish in one sitting, and a pause will often bring the better idea.",
        ),
    ),
    (
        "What is easy to miss",
        (
            "The most common mistake is haste: to decide what to think of {again} before looking.",
            "Another is to trust the first picture that comes to mind. The second one is often nearer the truth.",
            "Details at the edge of the frame deserve as much care as those in the middle.",
            "It is worth asking what a stranger would see in {again}, and what they would not.",
            "A little doubt is useful here. It keeps the eyes open.",
        ),
    ),
    (
        "Looking ahead",
        (
            "A year from now, {again} may look different, and so may the questions that we ask.",
            "Some things will stay: the pleasure of looking closely, and the wish to share what was found.",
            "Others will change with the season, the place and the people involved.",
            "A short note today can be a useful record tomorrow.",
            "The next step need not be large. It only has to be taken.",
        ),
    ),
)

CAPTIONS: Final[dict[Tone, tuple[str, ...]]] = {
    "neutral": ("{Title}.", "{Title}, as we found it.", "In view: {it}."),
    "friendly": ("A small moment to share: {it}.", "Wish you were here: {it}.", "Look what we found: {it}."),
    "formal": ("Shown: {it}.", "View: {it}.", "Subject of the picture: {it}."),
    "playful": ("Caught in the act: {it}.", "Plot twist: {it}.", "Nobody expected this: {it}."),
}

BLURBS: Final[dict[Tone, tuple[str, ...]]] = {
    "neutral": (
        "Meet {it}.",
        "Made for those who like things done well.",
        "Everything here has a reason, and nothing is in the way.",
        "Look closely and {again} will show the care in every detail.",
        "See for yourself.",
    ),
    "friendly": (
        "Say hello to {it}.",
        "We think that you will feel at home from the first minute.",
        "No fuss and no small print: just something made to be used and enjoyed.",
        "Bring {again} into your day and see what changes.",
        "Come and have a look!",
    ),
    "formal": (
        "We are pleased to present {it}.",
        "Clarity, care and reliability have guided every decision.",
        "Particular attention has been given to the details that matter in daily use.",
        "We believe that {again} will meet high expectations.",
        "Further information is available on request.",
    ),
    "playful": (
        "Ta-da: {it}!",
        "Yes, it is every bit as good as it sounds.",
        "Side effects may include smiling, staring and telling your friends.",
        "Handle {again} with joy.",
        "Go on, you know that you want to.",
    ),
}

SHOTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("Establishing shot", "The whole setting, wide and calm: {it}.", "Slow push in."),
    ("Medium shot", "{Again}, at eye level, in the middle of the frame.", "The camera holds still."),
    ("Close-up", "One telling detail of {again}, filling the frame.", "Shallow focus; a gentle drift to the right."),
    ("Point of view", "What can be seen from where {again} would be.", "Handheld, very steady."),
    ("Reverse angle", "{Again}, from behind, with the setting beyond.", "Slow pan to the left."),
    ("Cutaway", "Light, weather or texture near {again}: a moment to breathe.", "The camera holds still."),
    ("Low angle", "{Again}, seen from the ground, against the background.", "Slow tilt upwards."),
    ("Closing shot", "{Again}, small in the frame, the setting around.", "Slow pull back; fade out."),
)

PICTURES: Final = (
    (
        "one clear subject a little off centre",
        "a quiet background that sets the subject apart",
        "layers in front, in the middle and behind",
        "seen from a low angle",
        "seen at eye level",
    ),
    (
        "soft light from one side",
        "warm low light with long shadows",
        "even daylight without hard shadows",
        "light from behind with a bright rim",
    ),
    (
        "fine detail where the eye rests and calm elsewhere",
        "true materials and textures",
        "clear edges in front and soft ones behind",
    ),
    ("a palette of three colours that belong together", "muted colours with one accent", "rich but natural colours"),
)
"""What may be added to the words of a picture: its frame, its light, its details, its colours."""
