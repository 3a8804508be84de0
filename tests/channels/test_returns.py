"""Letters that come back: what is read of reports as servers really write them, and what is none."""

import pytest

from heritage.channels.base import Why
from heritage.channels.returns import Returned, read_return, split_mailbox

OURS = "<" + "a1" * 20 + "@heritage.example>"


def report(status: str, *, returned: str = f"Message-ID: {OURS}\nSubject: Critical", kind: str = "message/rfc822",
           head: str = "") -> bytes:  # fmt: skip
    """A report with these fields of delivery, and the headers that were sent back."""
    return f"""From: MAILER-DAEMON@mx.example.org
To: alerts@heritage.example
Subject: Undelivered Mail
{head}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

{status}

--B
Content-Type: {kind}

{returned}

Body.
--B--
""".replace("\n\n\n", "\n\n").encode()


GONE = """Final-Recipient: rfc822; reader@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <reader@example.org>: User unknown in virtual table"""
FULL = """Final-Recipient: rfc822; reader@example.org
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full"""
LATE = """Final-Recipient: rfc822; reader@example.org
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.example.org: Connection timed out"""
EXPIRED = """Final-Recipient: rfc822; reader@example.org
Action: failed
Status: 4.4.7"""
SPAM = """Final-Recipient: rfc822; reader@example.org
Action: Failed
Status: 5.7.1 (delivery not authorised)
Diagnostic-Code: smtp;554 5.7.1 Message refused"""


@pytest.mark.parametrize(
    ("status", "final", "why"),
    [
        (GONE, True, Why.NO_SUCH_RECIPIENT),
        (FULL, True, Why.MAILBOX_FULL),
        (EXPIRED, True, Why.BUSY),
        (SPAM, True, Why.REFUSED),
        (LATE, False, Why.BUSY),
    ],
)
def test_a_report_says_which_letter_never_arrives_and_why(status: str, final: bool, why: Why) -> None:
    (found,) = read_return(report(status))
    assert (found.identities, found.final, found.why) == ((OURS,), final, why)
    assert "reader@example.org" not in found.words


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_the_letter_is_known_by_the_headers_that_came_back(kind: str) -> None:
    (found,) = read_return(report(GONE, kind=kind, returned=f"Message-Id:\n {OURS}\nTo: reader@example.org"))
    assert found.identities == (OURS,)


def test_without_returned_headers_those_of_the_report_itself_count() -> None:
    (found,) = read_return(report(GONE, returned="Subject: Critical", head=f"In-Reply-To: {OURS}\n"))
    assert found.identities == (OURS,)


def test_a_letter_of_somebody_else_is_not_ours_to_look_up() -> None:
    (found,) = read_return(report(GONE, returned="Message-ID: <123@elsewhere.example>"))
    assert found.identities == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00 no letter at all",
        b"Subject: I am on holiday\n\nUntil Monday.",
        report("Final-Recipient: rfc822; reader@example.org\nAction: delivered\nStatus: 2.0.0"),
        report("Action: relayed\nStatus: 2.0.0"),
    ],
)
def test_what_reports_no_failure_is_passed_over(raw: bytes) -> None:
    assert read_return(raw) == []


def test_a_report_of_two_recipients_is_two_lines() -> None:
    other = GONE.replace("reader@", "other@").replace("5.1.1", "5.7.1").replace("550", "554")
    found: list[Returned] = read_return(report(f"{GONE}\n\n{other}"))
    assert [line.why for line in found] == [Why.NO_SUCH_RECIPIENT, Why.REFUSED]


def test_a_file_may_hold_one_letter_or_many() -> None:
    one = report(GONE)
    assert split_mailbox(one) == [one]
    many = b"From MAILER-DAEMON Thu May 21 2015\n" + one + b"\n\nFrom MAILER-DAEMON Thu May 21 2015\n" + report(LATE)
    assert [read_return(letter)[0].final for letter in split_mailbox(many)] == [True, False]
