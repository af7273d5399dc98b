from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import get_args

import av
import espeakng_loader
import numpy as np
import pytest
from pydantic import ValidationError

from maquette.providers.narrator import PROVIDER, Spoken
from maquette.providers.narrator.language import Language, Voice, spoken_by
from tests.providers.narrator.lent import LentCall, run

SPEAK = "maquette.providers.narrator.engine:speak"
SENTENCE = "A small boat leaves the harbour before the first light."


def speak(folder, text=SENTENCE, **changes):
    arguments = {"voice": "en-us", "rate": 165, "pitch": 50, "format": "wav", "target": "said.wav"} | changes
    made = run(folder, SPEAK, text=text, **arguments)
    return made, (folder / arguments["target"]).read_bytes()


def heard(file: Path) -> tuple[np.ndarray, int]:
    with av.open(str(file)) as sound:
        rate = sound.streams.audio[0].rate
        frames = [frame.to_ndarray().astype(float).ravel() for frame in sound.decode(audio=0)]
    samples = np.concatenate(frames)
    return samples / max(1.0, float(np.abs(samples).max())), rate


def pitch_of(file: Path) -> float:
    """The strongest period of the loudest fifth of a second, by autocorrelation, in hertz."""
    with wave.open(str(file)) as sound:
        rate, samples = sound.getframerate(), np.frombuffer(sound.readframes(10**7), np.int16).astype(float)
    size = rate // 5
    start = max(range(0, len(samples) - size, size // 2), key=lambda at: float((samples[at : at + size] ** 2).sum()))
    piece = samples[start : start + size]
    # Divided by the overlap, so that a long period weighs no less than a short one.
    echo = np.correlate(piece, piece, "full")[size - 1 :] / np.arange(size, 0, -1)
    low, high = rate // 250, rate // 60
    return rate / (low + int(echo[low:high].argmax()))


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "opus"])
async def test_a_sentence_becomes_sound_that_can_be_heard_in_every_format(tmp_path, kind):
    result = await PROVIDER.speech(Spoken(prompt=SENTENCE, format=kind), LentCall(tmp_path))
    (output,) = result.outputs
    samples, rate = heard(tmp_path / output.path)
    assert 2 < len(samples) / rate < 6
    assert float(np.sqrt((samples**2).mean())) > 0.03
    assert abs(output.notes["duration_s"] - len(samples) / rate) < 0.1
    assert output.notes["words"] == len(SENTENCE.split())
    assert output.source == "algorithm" and "espeak-ng" in output.notes["label"]


def test_a_higher_rate_takes_less_time(tmp_path):
    slow, fast = speak(tmp_path, rate=120)[0], speak(tmp_path, rate=240)[0]
    assert fast["duration_s"] < 0.7 * slow["duration_s"]


def test_a_higher_pitch_sounds_higher(tmp_path):
    speak(tmp_path, "Aaaaah", pitch=10, target="low.wav")
    speak(tmp_path, "Aaaaah", pitch=95, target="high.wav")
    assert pitch_of(tmp_path / "high.wav") > 1.3 * pitch_of(tmp_path / "low.wav")


def test_a_text_of_ten_thousand_letters_is_spoken_to_its_end(tmp_path):
    text = "The sea is calm tonight. " * 400
    made, _ = speak(tmp_path, text, rate=400)
    assert made["words"] == len(text.split()) and made["duration_s"] > 200


@pytest.mark.parametrize("voice", get_args(Voice))
def test_every_character_speaks(tmp_path, voice):
    made, content = speak(tmp_path, "Good morning.", voice=spoken_by("en-us", voice))
    assert made["words"] == 2 and len(content) > 15_000


def test_the_same_words_give_the_same_bytes_in_another_process(tmp_path):
    assert speak(tmp_path, voice="en-us+f3")[1] == speak(tmp_path, voice="en-us+f3")[1]


def test_a_process_that_has_spoken_before_speaks_as_a_fresh_one(tmp_path):
    fresh = speak(tmp_path, voice="en-us")[1]
    code = (
        "from maquette.providers.narrator.engine import speak\n"
        "for voice in ('en+whisper', 'de+m3', 'en-us'):\n"
        f"    speak({SENTENCE!r}, voice=voice, rate=165, pitch=50, format='wav', target='said.wav')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert (tmp_path / "said.wav").read_bytes() == fresh


def test_the_languages_offered_are_those_that_the_synthesizer_has_data_for(tmp_path):
    found = {voice["code"] for voice in run(tmp_path, "maquette.providers.narrator.engine:voices")["voices"]}
    assert found == {*get_args(Language)}


async def test_the_list_of_models_is_the_list_of_languages(tmp_path):
    models = await PROVIDER.models(LentCall(tmp_path))
    assert {"id": "de", "title": "German"} in models


def test_a_language_is_pronounced_by_its_own_rules(tmp_path):
    assert speak(tmp_path, "Situation", voice="fr")[1] != speak(tmp_path, "Situation", voice="de")[1]


def test_control_characters_in_a_text_do_not_command_the_synthesizer(tmp_path):
    assert speak(tmp_path, "one \x0199P two")[1] == speak(tmp_path, "one  99P two")[1]


def test_markup_in_a_text_is_not_obeyed(tmp_path):
    marked, _ = speak(tmp_path, '<break time="9s"/> two')
    assert marked["duration_s"] < 6


@pytest.mark.parametrize("text", [" \n ", "\x01"])
def test_a_text_without_words_is_refused_in_plain_words(tmp_path, text):
    with pytest.raises(RuntimeError, match="no word that can be spoken"):
        speak(tmp_path, text)


def test_an_unknown_voice_is_refused_by_name(tmp_path):
    with pytest.raises(RuntimeError, match='there is no voice "zz"'):
        speak(tmp_path, voice="zz")


@pytest.mark.parametrize("bad", [{"prompt": ""}, {"prompt": "a", "rate": 5}, {"prompt": "a", "language": "zz"}])
def test_the_schema_refuses_what_cannot_be_spoken(bad):
    with pytest.raises(ValidationError):
        Spoken.model_validate(bad)


def test_speech_works_from_a_folder_with_a_very_long_path(tmp_path):
    package = tmp_path / ("d" * 150) / ("e" * 150)
    package.mkdir(parents=True)
    (package / "espeakng_loader").symlink_to(Path(espeakng_loader.__file__).parent)
    code = "from maquette.providers.narrator.engine import voices; print(len(voices()['voices']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(package), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 100


async def test_the_check_passes_where_the_synthesizer_is_installed(tmp_path):
    assert await PROVIDER.check(LentCall(tmp_path)) is None
