"""What is printed on a label: a code as a drawing that machines read."""

from io import BytesIO

import qrcode
import qrcode.image.svg
from markupsafe import Markup


def qr_of(code: str) -> Markup:
    """The code as a QR drawing; it holds the code alone, no address and no description."""
    drawing = qrcode.make(code, image_factory=qrcode.image.svg.SvgPathImage, border=2)
    kept = BytesIO()
    drawing.save(kept)
    text = kept.getvalue().decode()
    # Our own code in letters and digits: nothing of it comes from outside.
    return Markup(text[text.index("<svg") :].replace("<svg ", '<svg class="qr" aria-hidden="true" ', 1))  # noqa: S704
