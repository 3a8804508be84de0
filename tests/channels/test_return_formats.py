"""Letters that come back in the forms that mail servers really use: each written out as such a server writes it."""

from base64 import b64encode
from email.message import EmailMessage, MIMEPart

import pytest

from heritage.channels.base import Why
from heritage.channels.returns import Returned, read_return

OURS = "<" + "c4" * 20 + "@heritage.example>"
HEADERS = f"""Received: from heritage.example (heritage.example [192.0.2.10])
\tby mx.example.org (Postfix) with ESMTPS id 4A1B2C3D4E; Thu, 21 May 2015 12:00:04 +0000 (UTC)
From: Heritage <alerts@heritage.example>
To: reader@example.org
Subject: 4 critical: Site of Palmyra
Message-ID: {OURS}
In-Reply-To: <{"0" * 40}@heritage.example>
References: <{"0" * 40}@heritage.example>
List-Unsubscribe: <https://heritage.example/subscriptions/stop/WzEsMl0.abc_-DEF>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
"""

POSTFIX = f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: alerts@heritage.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4A1B2C3D4E.1432209605/mx.example.org"

This is a MIME-encapsulated message.

--4A1B2C3D4E.1432209605/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<reader@example.org>: host mail.example.org[198.51.100.7] said: 550 5.1.1
    <reader@example.org>: Recipient address rejected: User unknown in virtual
    mailbox table (in reply to RCPT TO command)

--4A1B2C3D4E.1432209605/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4A1B2C3D4E
X-Postfix-Sender: rfc822; alerts@heritage.example
Arrival-Date: Thu, 21 May 2015 12:00:04 +0000 (UTC)

Final-Recipient: rfc822; reader@example.org
Original-Recipient: rfc822;reader@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <reader@example.org>: Recipient address
    rejected: User unknown in virtual mailbox table

--4A1B2C3D4E.1432209605/mx.example.org
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{HEADERS}
--4A1B2C3D4E.1432209605/mx.example.org--
"""
POSTFIX_NO_DOMAIN = POSTFIX.replace("Status: 5.1.1", "Status: 5.4.4").replace(
    "smtp; 550 5.1.1 <reader@example.org>: Recipient address\n    rejected: User unknown in virtual mailbox table",
    "X-Postfix; Host or domain name not found. Name service\n    error for name=exmaple.org type=A: Host not found",
)
EXIM = f"""Return-path: <>
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: alerts@heritage.example
X-Failed-Recipients: reader@example.org
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1YvOZx-0001Ab-Cd@mx.example.org>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  reader@example.org
    host mail.example.org [198.51.100.7]
    SMTP error from remote mail server after RCPT TO:<reader@example.org>:
    550-5.2.2 The mailbox of reader is full,
    550 5.2.2 try again later

------ This is a copy of the message, including all the headers. ------

Return-path: <alerts@heritage.example>
{HEADERS}
Fighting is reported near the Site of Palmyra. It will be retried.
"""
EXIM_UNROUTEABLE = EXIM.replace(
    """    host mail.example.org [198.51.100.7]
    SMTP error from remote mail server after RCPT TO:<reader@example.org>:
    550-5.2.2 The mailbox of reader is full,
    550 5.2.2 try again later
""",
    "    Unrouteable address\n",
)
EXIM_LATE = f"""Return-path: <>
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: alerts@heritage.example
Subject: Warning: message 1YvOZx-0001Ab-Cd delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.org.

The message identifier is:     1YvOZx-0001Ab-Cd
The subject of the message is: 4 critical: Site of Palmyra

The address to which the message has not yet been delivered is:

  reader@example.org
    host mail.example.org [198.51.100.7]
    Delay reason: SMTP error from remote mail server after RCPT TO:<reader@example.org>:
    451 4.7.1 Greylisting in action, please come back later

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals if the message
remains undelivered. Eventually the mail delivery software will give up,
and when that happens, the message will be returned to you.

Message-ID: {OURS}
"""
QMAIL = f"""Return-Path: <>
Date: 21 May 2015 12:00:09 -0000
From: MAILER-DAEMON@relay.example.org
To: alerts@heritage.example
Subject: failure notice

Hi. This is the qmail-send program at relay.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<reader@example.org>:
198.51.100.7 does not like recipient.
Remote host said: 550 5.1.1 No such user here: reader
Giving up on 198.51.100.7.

--- Below this line is a copy of the message.

Return-Path: <alerts@heritage.example>
{HEADERS}
Fighting is reported near the Site of Palmyra.
"""
QMAIL_LOCAL = QMAIL.replace(
    """198.51.100.7 does not like recipient.
Remote host said: 550 5.1.1 No such user here: reader
Giving up on 198.51.100.7.
""",
    "Sorry, no mailbox here by that name. (#5.1.1)\n",
)
EXCHANGE = f"""From: Microsoft Outlook
\t<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>
To: <alerts@heritage.example>
Subject: Undeliverable: 4 critical: Site of Palmyra
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="f1e2d3c4-2015"
X-MS-Exchange-Message-Is-Ndr:

--f1e2d3c4-2015
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="a9b8c7d6-2015"

--a9b8c7d6-2015
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to reader@example.org couldn't be delivered.=20
reader wasn't found at example.org.

Original message headers:

Message-ID: <{"9" * 40}@somebody.example>
--a9b8c7d6-2015
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: base64

{b64encode(b"<html><body><p>Your message couldn't be delivered.</p></body></html>").decode()}
--a9b8c7d6-2015--

--f1e2d3c4-2015
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB0001.example.org
Received-From-MTA: dns;heritage.example
Arrival-Date: Thu, 21 May 2015 12:00:05 +0000

Final-Recipient: rfc822;reader@example.org
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient
 reader@example.org not found by SMTP address lookup
X-Display-Name: Reader Example

--f1e2d3c4-2015
Content-Type: message/rfc822

{HEADERS}
Fighting is reported near the Site of Palmyra.
--f1e2d3c4-2015--
"""
GMAIL = f"""Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: alerts@heritage.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{"0" * 40}@heritage.example> {OURS}
In-Reply-To: {OURS}
Content-Type: multipart/report; boundary="0000000000c0ffee"; report-type=delivery-status

--0000000000c0ffee
Content-Type: multipart/related; boundary="0000000000c0ffef"

--0000000000c0ffef
Content-Type: multipart/alternative; boundary="0000000000c0fff0"

--0000000000c0fff0
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable


** Address not found **

Your message wasn't delivered to reader@example.org because the address cou=
ldn't be found, or is unable to receive mail.

--0000000000c0fff0
Content-Type: text/html; charset="UTF-8"

<html><body><h2>Address not found</h2></body></html>
--0000000000c0fff0--
--0000000000c0ffef
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

iVBORw0KGgo=
--0000000000c0ffef--
--0000000000c0ffee
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
Arrival-Date: Thu, 21 May 2015 05:00:04 -0700 (PDT)
X-Original-Message-ID: {OURS}

Final-Recipient: rfc822; reader@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces. https://support.googlemail.example/?p=NoSuchUser&to=reader%40example.org - gsmtp
Last-Attempt-Date: Thu, 21 May 2015 05:00:05 -0700 (PDT)

--0000000000c0ffee
Content-Type: message/rfc822

{HEADERS}

----- Message truncated -----

--0000000000c0ffee--
"""
SENDMAIL_EXPIRED = POSTFIX.replace("Status: 5.1.1", "Status: 4.4.7").replace(
    "smtp; 550 5.1.1 <reader@example.org>: Recipient address\n    rejected: User unknown in virtual mailbox table",
    "SMTP; 421 4.2.0 Connection refused by mail.example.org.",
)
COMPLAINT = f"""From: <abuse-desk@provider.example>
Date: Thu, 21 May 2015 13:00:00 +0000
Subject: FW: 4 critical: Site of Palmyra
To: <alerts@heritage.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message
received from IP 192.0.2.10 on Thu, 21 May 2015 12:00:04 +0000.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <alerts@heritage.example>
Original-Rcpt-To: <reader@example.org>
Arrival-Date: Thu, 21 May 2015 12:00:04 +0000
Source-IP: 192.0.2.10
Reported-Domain: heritage.example

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

{HEADERS}
Fighting is reported near the Site of Palmyra.
--part1_13d.2e68ed54_boundary--
"""


def read(text: str | bytes) -> list[Returned]:
    return read_return(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize(
    ("letter", "final", "why"),
    [
        pytest.param(POSTFIX, True, Why.NO_SUCH_RECIPIENT, id="postfix"),
        pytest.param(POSTFIX_NO_DOMAIN, True, Why.NO_SUCH_RECIPIENT, id="postfix, mistyped domain"),
        pytest.param(EXIM, True, Why.MAILBOX_FULL, id="exim, full"),
        pytest.param(EXIM_UNROUTEABLE, True, Why.NO_SUCH_RECIPIENT, id="exim, nobody"),
        pytest.param(EXIM_LATE, False, Why.GREYLISTED, id="exim, late"),
        pytest.param(QMAIL, True, Why.NO_SUCH_RECIPIENT, id="qmail"),
        pytest.param(QMAIL_LOCAL, True, Why.NO_SUCH_RECIPIENT, id="qmail, local"),
        pytest.param(EXCHANGE, True, Why.NO_SUCH_RECIPIENT, id="exchange"),
        pytest.param(GMAIL, True, Why.NO_SUCH_RECIPIENT, id="gmail"),
        pytest.param(SENDMAIL_EXPIRED, True, Why.BUSY, id="given up after days"),
        pytest.param(COMPLAINT, False, Why.UNWANTED, id="complaint"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_each_servers_own_form_says_what_became_of_which_letter(letter: str, final: bool, why: Why, ends: str) -> None:
    (found,) = read(letter.replace("\n", ends))
    assert (found.identities, found.final, found.why) == ((OURS,), final, why)
    # Neither the address nor its first half, nor the name that a directory has for it.
    assert "reader" not in found.words.lower().replace("the reader marked", "")
    assert "example.org" not in found.words
    assert "reader@" not in repr(found)


@pytest.mark.parametrize("letter", [POSTFIX, QMAIL, EXIM, EXCHANGE, GMAIL, COMPLAINT])
def test_the_link_to_stop_in_what_came_back_tells_whose_letter_it_was(letter: str) -> None:
    (found,) = read(letter)
    assert found.stop_tokens == ("WzEsMl0.abc_-DEF",)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc"])
def test_a_report_of_another_kind_is_no_complaint(kind: str) -> None:
    assert read(COMPLAINT.replace("Feedback-Type: abuse", f"Feedback-Type: {kind}")) == []


def forwarded(*letters: str) -> bytes:
    """Somebody sends on what they got, each letter as an attachment."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "officer@heritage.example", "bounces@heritage.example", "Fwd: returned"
    mail.set_content("These came to my own mailbox.")
    mail.make_mixed()
    for letter in letters:
        part = MIMEPart()
        part["Content-Type"] = "message/rfc822"
        part["Content-Disposition"] = "attachment"
        part.set_payload(letter)
        mail.attach(part)
    return mail.as_bytes()


def test_reports_sent_on_as_attachments_are_read_each_for_itself() -> None:
    other = POSTFIX.replace("c4" * 20, "d5" * 20).replace("reader@", "other@")
    found = read(forwarded(QMAIL, other, "Subject: a letter of somebody\n\nWith nothing in it."))
    assert [line.identities for line in found] == [(OURS,), ("<" + "d5" * 20 + "@heritage.example>",)]


def test_a_report_attached_as_a_file_is_read_too() -> None:
    mail = EmailMessage()
    mail["From"] = "officer@heritage.example"
    mail.set_content("See the file.")
    mail.add_attachment(EXIM.encode(), maintype="application", subtype="octet-stream", filename="Returned.EML")
    assert [line.identities for line in read(mail.as_bytes())] == [(OURS,)]


def coded(letter: str, kind: str) -> str:
    """A letter one of whose parts is in base64, which the standard does not want."""
    head, _, rest = letter.partition(f"Content-Type: {kind}\n")
    inside, dashes, after = rest.partition("\n--")
    written = b64encode(inside.lstrip("\n").encode()).decode()
    lines = "\n".join(written[start : start + 76] for start in range(0, len(written), 76))
    return f"{head}Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{lines}\n{dashes}{after}"


@pytest.mark.parametrize("letter", [EXCHANGE, GMAIL])
@pytest.mark.parametrize("kinds", ["delivery-status", "rfc822", "delivery-status rfc822"])
def test_parts_in_base64_are_read(letter: str, kinds: str) -> None:
    for kind in (f"message/{name}" for name in kinds.split()):
        letter = coded(letter, kind)
    (found,) = read(letter)
    assert (found.identities, found.why) == ((OURS,), Why.NO_SUCH_RECIPIENT)


@pytest.mark.parametrize("charset", ["utf-16", "koi8-r", "iso-2022-jp", "x-unknown", "windows-1256"])
def test_a_report_in_words_is_read_in_whatever_alphabet(charset: str) -> None:
    head, _, body = QMAIL.partition("\n\n")
    known = charset if charset != "x-unknown" else "latin-1"
    written = b64encode(body.encode(known)).decode()
    (found,) = read(
        f"{head}\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n"
        f"Content-Transfer-Encoding: base64\n\n{written}\n"
    )
    assert (found.identities, found.final, found.why) == ((OURS,), True, Why.NO_SUCH_RECIPIENT)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("=?utf-8?q?Non_remis_=3A_4_critique?=", "Votre message n'a pas pu être remis à l'adresse suivante :"),
        ("=?utf-8?b?2YTZhSDZitiq2YUg2KrYs9mE2YrZhSDYp9mE2LHYs9in2YTYqQ==?=", "تعذر تسليم رسالتك إلى العنوان التالي"),
    ],
)
def test_a_report_in_another_language_is_read_by_its_code(subject: str, words: str) -> None:
    letter = f"From: postmaster@example.org\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{words}\n\n"
    (found,) = read(f"{letter}<reader@example.org>\n550 5.1.1 inconnu\n\nMessage-ID: {OURS}\n")
    assert (found.identities, found.why) == ((OURS,), Why.NO_SUCH_RECIPIENT)


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(
            f"From: Reader <reader@example.org>\nSubject: Out of office\nAuto-Submitted: auto-replied\n"
            f"In-Reply-To: {OURS}\n\nMail could not be delivered to me in May: user unknown\n\nMessage-ID: {OURS}\n",
            id="an answering machine",
        ),
        pytest.param(f"From: postmaster@example.org\nIn-Reply-To: {OURS}\n\nYour ticket was opened.\n", id="a ticket"),
        pytest.param(f"{HEADERS}\nFighting could not be delivered.", id="our own letter"),
        pytest.param(
            "From: reader@example.org\nContent-Type: multipart/report; boundary=B"
            "\n\n--B\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;reader@example.org\n"
            f"Original-Message-ID: {OURS}\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--B--\n",
            id="a receipt",
        ),
    ],
)  # fmt: skip
def test_what_people_and_machines_answer_is_no_report(letter: str) -> None:
    assert read(letter) == []


def test_letters_within_letters_without_end_are_given_up() -> None:
    letter = QMAIL
    for _ in range(6):
        letter = forwarded(letter).decode()
    assert read(letter) == []
    endless = "Content-Type: multipart/mixed; boundary=B\n\n--B\n"
    assert read(endless * 4000) == []


def test_a_refusal_of_the_sender_says_nothing_of_the_mailbox() -> None:
    blocked = POSTFIX.replace("Status: 5.1.1", "Status: 5.0.0").replace(
        "550 5.1.1 <reader@example.org>: Recipient address\n    rejected: User unknown in virtual mailbox table",
        "550 Blocked: see our policy on bulk mail",
    )
    assert [line.why for line in read(blocked)] == [Why.REFUSED]


def test_other_means_what_the_words_mean() -> None:
    (found,) = read(POSTFIX.replace("Status: 5.1.1", "Status: 5.0.0"))
    assert found.why is Why.NO_SUCH_RECIPIENT
