"""The key ring: what is sealed opens for its own row and key alone, and a lost key is said plainly."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.core.errors import InvalidInput
from heritage.sealing import envelope
from heritage.sealing.envelope import Purpose, bound_to
from heritage.sealing.errors import KeyMissing, SealBroken
from heritage.sealing.keyring import KeyRing, open_keyring
from heritage.settings import Settings

NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)
ROW = bound_to("sealed_place", "place", "k3f9")
CAVE = b"the cave above the spring, 34.55 38.27"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", makes_keys=True)


@given(st.binary(max_size=9000), st.sampled_from(list(Purpose)))
def test_what_was_sealed_opens_unchanged(plain: bytes, purpose: Purpose):
    key, key_id = bytes(range(32)), bytes(8)
    sealed = envelope.close(purpose, ROW, plain, key_id=key_id, key=key, nonce=bytes(12))
    assert envelope.reveal(purpose, ROW, sealed, key=key) == plain


def test_the_length_tells_nothing(ring: KeyRing):
    lengths = {len(ring.seal(Purpose.PLACES, ROW, b"x" * length)) for length in (0, 1, 300, 4000)}
    assert len(lengths) == 1


def test_the_same_value_twice_gives_other_bytes(ring: KeyRing):
    assert ring.seal(Purpose.PLACES, ROW, CAVE) != ring.seal(Purpose.PLACES, ROW, CAVE)


def test_it_opens_for_no_other_row_column_or_purpose(ring: KeyRing):
    sealed = ring.seal(Purpose.PLACES, ROW, CAVE)
    for other in (bound_to("sealed_place", "place", "k3fA"), bound_to("sealed_place", "route", "k3f9"), ""):
        with pytest.raises(SealBroken):
            ring.open(Purpose.PLACES, other, sealed)
    with pytest.raises(KeyMissing):
        ring.open(Purpose.REPORTERS, ROW, sealed)


def test_no_bit_may_change(ring: KeyRing):
    sealed = ring.seal(Purpose.PLACES, ROW, CAVE)
    for place in (0, 9, 21, 60, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            ring.open(Purpose.PLACES, ROW, bytes(altered))
    for cut in (b"", sealed[:20], sealed[:-1]):
        with pytest.raises(SealBroken):
            ring.open(Purpose.PLACES, ROW, cut)


def test_older_keys_stay_for_reading_and_the_newest_seals(ring: KeyRing):
    before = ring.seal(Purpose.PLACES, ROW, CAVE)
    ring.add(Purpose.PLACES, NOON)
    after = ring.seal(Purpose.PLACES, ROW, CAVE)
    assert ring.open(Purpose.PLACES, ROW, before) == ring.open(Purpose.PLACES, ROW, after) == CAVE
    assert (ring.is_current(Purpose.PLACES, before), ring.is_current(Purpose.PLACES, after)) == (False, True)


def test_another_process_sees_a_new_key_at_once(ring: KeyRing):
    running = KeyRing(ring.folder, makes_keys=True)
    running.seal(Purpose.PLACES, ROW, CAVE)
    ring.add(Purpose.PLACES, NOON)
    assert running.open(Purpose.PLACES, ROW, ring.seal(Purpose.PLACES, ROW, CAVE)) == CAVE


def test_a_lost_key_is_named_and_comes_back_with_its_file(ring: KeyRing):
    sealed = ring.seal(Purpose.PLACES, ROW, CAVE)
    path = ring.folder / "places.json"
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(KeyMissing, match="no keys for places"):
        ring.open(Purpose.PLACES, ROW, sealed)
    assert ring.init() == [Purpose.PLACES]
    with pytest.raises(KeyMissing, match=envelope.key_id_of(sealed).hex()):
        ring.open(Purpose.PLACES, ROW, sealed)
    path.write_bytes(kept)
    assert ring.open(Purpose.PLACES, ROW, sealed) == CAVE


def test_each_purpose_has_keys_of_its_own(ring: KeyRing):
    ring.init()
    held = [json.loads((ring.folder / f"{purpose}.json").read_text())["keys"][0]["key"] for purpose in Purpose]
    assert len(set(held)) == len(Purpose)


def test_keys_are_readable_by_their_owner_alone(ring: KeyRing):
    ring.init(NOON)
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in ring.folder.iterdir()} == {0o600}
    (ring.folder / "places.json").chmod(0o640)
    with pytest.raises(InvalidInput, match="chmod 600"):
        KeyRing(ring.folder, makes_keys=True).keys(Purpose.PLACES)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": []}', '{"keys": [{"id": "00", "key": "geheim"}]}'])
def test_a_damaged_key_file_is_named_and_not_repeated(ring: KeyRing, content: str):
    ring.init()
    (ring.folder / "places.json").write_text(content)
    with pytest.raises(InvalidInput, match="places.json is damaged") as refused:
        ring.seal(Purpose.PLACES, ROW, CAVE)
    assert "geheim" not in str(refused.value)


def test_a_key_shows_its_name_alone(ring: KeyRing):
    (key,) = ring.keys(Purpose.PLACES)
    assert repr(key) == f"Key({key.id.hex()})"


def test_programs_started_together_agree_on_the_first_keys(tmp_path: Path):
    rings = [KeyRing(tmp_path / "keys", makes_keys=True) for _ in range(8)]
    sealed: list[bytes] = []
    threads = [Thread(target=lambda ring=ring: sealed.append(ring.seal(Purpose.PLACES, ROW, CAVE))) for ring in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [ring.open(Purpose.PLACES, ROW, one) for ring, one in zip(rings, sealed, strict=True)] == [CAVE] * 8


def test_with_an_external_database_keys_are_made_on_purpose(tmp_path: Path):
    ring = open_keyring(Settings(var=tmp_path, keys=tmp_path / "ours", database_url="postgresql://db.example/heritage"))
    with pytest.raises(KeyMissing, match="heritage keys init"):
        ring.seal(Purpose.PLACES, ROW, CAVE)
    assert not ring.folder.exists()
    assert ring.init(NOON) == list(Purpose)
    assert ring.open(Purpose.PLACES, ROW, ring.seal(Purpose.PLACES, ROW, CAVE)) == CAVE


def test_a_folder_made_for_the_keys_is_private_from_the_top(tmp_path: Path):
    KeyRing(tmp_path / "var" / "keys", makes_keys=True).init(NOON)
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
