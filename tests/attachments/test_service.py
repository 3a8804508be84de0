"""Taking a file: sealed as it came, shown only cleaned, once for each content, forgotten with its key."""

import hashlib
import io

import pytest
import sqlalchemy as sa
from PIL import Image

from heritage.attachments import queries, service, store
from heritage.attachments.cleaning import NotDecoded, cleaned_copies
from heritage.attachments.domain import Fault
from heritage.attachments.models import Attachment, Content, ContentState
from heritage.attachments.service import FileRefused
from heritage.attachments.store import PIECE_BYTES, FilePart
from heritage.sealing.errors import SealBroken

CAMERA = b"Canon EOS of Huda"


def picture(kind: str = "JPEG", size: tuple[int, int] = (900, 600), *, exif: bool = False, **more) -> bytes:
    """A picture with some structure; with ``exif`` it names a camera and a place."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste((200, 30, 30), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    if exif:
        tags = Image.Exif()
        tags[0x010F] = CAMERA.decode()
        tags[0x0112] = 6  # the camera was turned
        tags.get_ifd(0x8825).update({1: "N", 2: (34.0, 33.0, 6.0), 3: "E", 4: (38.0, 16.0, 1.0)})
        more["exif"] = tags
    target = io.BytesIO()
    image.save(target, kind, **more)
    return target.getvalue()


def receive(services, data: bytes, subject: str = "threat_update:1") -> Attachment:
    with services.database.session() as session:
        return service.receive(session, services, io.BytesIO(data), subject=subject, countries=["SY"])


def content_of(services, attachment: Attachment) -> Content:
    with services.database.session() as session:
        return queries.get_content(session, attachment.sha256)


def part(services, attachment: Attachment, which: FilePart) -> bytes:
    return b"".join(service.read_part(services.settings, content_of(services, attachment), which))


def files(services) -> list:
    return sorted(path for path in (services.settings.var / "attachments").rglob("*") if path.is_file())


def test_the_original_is_kept_byte_for_byte_and_in_clear_nowhere(services):
    original = picture(exif=True)
    attachment = receive(services, original)
    assert attachment.sha256 == hashlib.sha256(original).hexdigest()
    assert part(services, attachment, FilePart.ORIGINAL) == original
    for path in files(services):
        assert CAMERA not in path.read_bytes()
        assert original[:64] not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cleaned_copy_holds_pixels_and_nothing_else(services, kind):
    attachment = receive(services, picture(kind, exif=True))
    assert service.clean(services, attachment.sha256) is ContentState.READY
    for which, longest in ((FilePart.VIEW, 2048), (FilePart.THUMB, 480)):
        copy = part(services, attachment, which)
        assert CAMERA not in copy
        shown = Image.open(io.BytesIO(copy))
        assert shown.format == "JPEG"
        assert not shown.getexif()
        assert max(shown.size) <= longest
        # It stands as the camera was held.
        assert shown.width < shown.height


def test_a_clean_twice_changes_nothing(services):
    attachment = receive(services, picture())
    service.clean(services, attachment.sha256)
    before = [path.read_bytes() for path in files(services)]
    assert service.clean(services, attachment.sha256) is ContentState.READY
    assert [path.read_bytes() for path in files(services)] == before


def test_a_damaged_picture_is_said_to_be_and_stops_nothing(services):
    whole = picture("PNG")
    attachment = receive(services, whole[:200] + bytes(300))
    assert service.clean(services, attachment.sha256) is ContentState.NOT_DECODED
    assert service.clean(services, attachment.sha256) is ContentState.NOT_DECODED


def test_a_bomb_that_lies_about_its_size_is_not_decoded():
    with pytest.raises(NotDecoded):
        cleaned_copies(picture(size=(900, 600)), most_pixels=1000)


def test_a_bomb_in_the_text_of_a_picture_is_not_unpacked():
    import zlib
    from struct import pack

    body = b"Comment\x00\x00" + zlib.compress(bytes(300_000_000), 9)
    whole = picture("PNG")
    chunk = pack(">I", len(body)) + b"zTXt" + body + pack(">I", zlib.crc32(b"zTXt" + body))
    with pytest.raises(NotDecoded):
        cleaned_copies(whole[:33] + chunk + whole[33:], most_pixels=10**6)


def test_the_same_file_to_the_same_report_twice_is_one_attachment(services):
    first, again = receive(services, picture()), receive(services, picture())
    other = receive(services, picture(), "threat_update:2")
    assert first.code == again.code != other.code
    with services.database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Content)) == 1


def test_a_picture_seen_before_is_recognised_in_another_size_too(services):
    first = receive(services, picture(), "threat_update:1")
    same = receive(services, picture(), "threat_update:2")
    smaller = receive(services, picture("PNG", (450, 300)), "threat_update:3")
    other = io.BytesIO()
    Image.effect_noise((300, 200), 90).convert("RGB").save(other, "PNG")
    foreign = receive(services, other.getvalue(), "threat_update:4")
    for each in (first, smaller, foreign):
        service.clean(services, each.sha256)
    with services.database.session() as session:
        found = queries.seen_before(session, smaller, queries.get_content(session, smaller.sha256))
        assert {seen.attachment.code for seen in found} == {first.code, same.code}
        assert not any(seen.same_bytes for seen in found)
        (exact, _alike) = queries.seen_before(session, same, queries.get_content(session, same.sha256))
        assert (exact.attachment.code, exact.same_bytes) == (first.code, True)
        assert queries.seen_before(session, foreign, queries.get_content(session, foreign.sha256)) == []


@pytest.mark.parametrize("data", [b"", b"<svg><script>alert(1)</script></svg>", picture() + b"<script>"])
def test_what_is_refused_leaves_nothing(services, data):
    with pytest.raises(FileRefused) as refused:
        receive(services, data)
    assert isinstance(refused.value.fault, Fault)
    assert files(services) == []
    with services.database.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Content)) == 0


def test_a_large_file_is_opened_piece_by_piece_and_no_piece_may_change(services):
    data = b"%PDF-1.7\n" + b"x" * (PIECE_BYTES * 3)
    attachment = receive(services, data)
    assert content_of(services, attachment).state is ContentState.NO_VIEW
    assert part(services, attachment, FilePart.ORIGINAL) == data
    (path,) = files(services)
    sealed = path.read_bytes()
    piece = PIECE_BYTES + 16
    for broken in (
        sealed[:-1],
        sealed[: 9 + piece],
        sealed[: 9 + 3 * piece],
        sealed[:9] + sealed[9 + piece :],
        sealed + b"x",
    ):
        path.write_bytes(broken)
        with pytest.raises(SealBroken):
            part(services, attachment, FilePart.ORIGINAL)
    path.unlink()
    with pytest.raises(SealBroken, match="missing"):
        part(services, attachment, FilePart.ORIGINAL)


def test_a_form_of_a_file_does_not_pass_for_another(services):
    attachment = receive(services, picture())
    service.clean(services, attachment.sha256)
    original, thumb, view = files(services)
    assert [path.suffix for path in (original, thumb, view)] == [".original", ".thumb", ".view"]
    view.write_bytes(original.read_bytes())
    with pytest.raises(SealBroken):
        part(services, attachment, FilePart.VIEW)


def test_what_is_forgotten_is_gone_with_its_key_unless_it_came_with_something_else(services):
    receive(services, picture(), "threat_update:1")
    sha256 = receive(services, picture(), "threat_update:2").sha256
    for subject, left in (("threat_update:1", 1), ("threat_update:2", 0)):
        with services.database.session() as session:
            assert service.forget(session, subject) == 1
            assert session.scalar(sa.select(sa.func.count()).select_from(Content)) == left
        with services.database.session() as session:
            assert service.remove_files(session, services.settings, sha256) is (left == 0)
        assert len(files(services)) == left


def test_a_receipt_that_is_rolled_back_can_be_sent_again(services):
    with services.database.session() as session:
        service.receive(session, services, io.BytesIO(picture()), subject="threat_update:1")
        session.rollback()
    attachment = receive(services, picture())
    assert part(services, attachment, FilePart.ORIGINAL) == picture()


def test_a_wrong_key_opens_nothing(services):
    attachment = receive(services, picture())
    with pytest.raises(SealBroken):
        b"".join(store.read(services.settings, attachment.sha256, FilePart.ORIGINAL, key=store.new_key()))
