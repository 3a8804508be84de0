"""What of a mail's HTML may stand in a page of ours."""

import pytest

from heritage.core.readable import readable


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<h1 style="color:red" onclick="x()">A</h1>', "<h2>A</h2>"),
        ("<style>p{}</style><script>alert(1)</script><title>t</title><p>A</p>", "<p>A</p>"),
        ("<p>A<img src=x onerror=alert(1)> &lt;b&gt;</p>", "<p>A &lt;b&gt;</p>"),
        ('<a href="javascript:alert(1)">A</a>', "A"),
        ('<a href="https://x.example/?a=1&amp;b=2">A</a>',
         '<a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer">A</a>'),
        ("<ul><li>A<li>B", "<ul><li>A<li>B</li></li></ul>"),
        ("</p></ul><p>A</ul></p>", "<p>A</p>"),
        ("<svg><script>alert(1)</script></svg><iframe src=x></iframe>A", "A"),
        ("<style>never closed <p>A</p>", ""),
    ],
)  # fmt: skip
def test_words_and_links_are_kept_and_nothing_else(html: str, kept: str) -> None:
    assert readable(html) == kept
