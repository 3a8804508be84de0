"""Documents once, claims in versions, reviews by the right people, sources with reasons."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.core.errors import AlreadyRecorded, Conflict, InvalidInput, NotFound
from heritage.reports import queries, service
from heritage.reports.domain import (
    ClaimDraft,
    ClaimKind,
    ClaimState,
    DocumentDraft,
    LinkKind,
    Party,
    Reliability,
    SourceDraft,
    SourceKind,
    Verdict,
)
from heritage.reports.service import Met, Settled

from .conftest import ANALYST, NOW, OFFICER, TEXT, Enter

LATER = datetime(2015, 6, 3, 9, tzinfo=UTC)


def public(session: Session, **more) -> list[int]:
    return [row.claim_id for row in queries.known_claims(session, reviewed=True, **more)]


def accept(session: Session, claim_id: int, act=OFFICER, **more) -> Settled:
    return service.review_claim(session, act, claim_id, Verdict.ACCEPT, **more)


# -- documents


def test_the_same_text_again_is_the_same_document_seen_elsewhere(session: Session, document_id: int):
    again = DocumentDraft("Town falls", TEXT.replace("\n", "\r\n").upper(), "Another Paper", "en", "2015-05-21")
    for _ in range(2):
        taken = service.add_document(session, ANALYST, again)
        assert (taken.document_id, taken.met) == (document_id, Met.KNOWN)
    assert [seen.publisher for seen in queries.appearances_of(session, document_id)] == ["Another Paper"]


def test_the_same_document_from_the_same_place_is_no_other_appearance(session: Session, document_id: int):
    service.add_document(session, ANALYST, DocumentDraft("A town changes hands", TEXT, "The Paper"))
    assert queries.appearances_of(session, document_id) == []


def test_a_text_much_like_a_held_one_is_found_for_a_person_to_judge(session: Session):
    words = " ".join(f"sentence {n} tells of a thing called {n * 13}" for n in range(30))
    first = service.add_document(session, ANALYST, DocumentDraft("One", words)).document_id
    found = queries.find_alike(session, service.sketch("By our reporter: " + words))
    assert found is not None
    assert found[0].id == first
    taken = service.add_document(session, ANALYST, DocumentDraft("Two", "By us: " + words, "B"), reprint_of=first)
    assert (taken.document_id, taken.met) == (first, Met.REPRINT)


@pytest.mark.parametrize("dated", ["2015-06-01", "last week", "2015/.."])
def test_a_date_that_lies_ahead_or_cannot_be_read_is_refused(session: Session, dated: str):
    with pytest.raises(InvalidInput):
        service.add_document(session, ANALYST, DocumentDraft("x", "text", dated=dated))


def test_the_public_finds_documents_by_what_it_may_read_only(session: Session, document_id: int, enter: Enter):
    def found(query: str = "", public: bool = True) -> int:
        return queries.list_documents(session, query=query, public=public)[1]

    claim = enter("they took monuments in Iraq to pieces")
    assert (found(), found("iraq"), found("iraq", public=False), found("observatory", public=False)) == (0, 0, 1, 1)
    accept(session, claim)
    assert (found(), found("Iraq"), found("town"), found("observatory"), found("--")) == (1, 1, 1, 0, 0)


# -- claims


def test_a_claim_is_nobodys_business_before_its_review(session: Session, enter: Enter):
    claim = enter()
    assert public(session) == []
    assert queries.get_claim(session, claim).version.state is ClaimState.ENTERED
    assert accept(session, claim) is Settled.REVIEWED
    assert public(session) == [claim]


def test_a_quotation_gets_its_span_and_its_paragraph(session: Session, enter: Enter):
    version = queries.get_claim(session, enter(quote="“We hold\nall of it”")).version
    assert version.quote == '"We hold all of it"'
    assert TEXT.strip()[version.quote_start : version.quote_end] == version.quote
    assert version.paragraph == 3


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"quote": "words of another text"}, "quote"),
        ({"statement": "they liberated the town"}, "statement"),
        ({"statement": "  "}, "statement"),
        ({"actor": "the terrorists"}, "actor"),
        ({"occurred": "2015-07-01"}, "occurred"),
        ({"occurred": "soon"}, "soon"),
        ({"credibility": 0}, "credibility"),
        ({"lon": 38.0}, "lon"),
        ({"lon": 38.0, "lat": 34.0}, "radius_km"),
        ({"part_ref": "9"}, "part_ref"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_named(enter: Enter, wrong: dict, named: str):
    with pytest.raises(InvalidInput, match=named):
        enter(**wrong)


def test_a_claim_without_anybody_behind_it_is_the_documents_own_voice(session: Session, enter: Enter):
    row = queries.get_claim(session, enter(said_by=()))
    assert (row.sayers, row.origins, row.version.reliability) == ((), ("the paper",), Reliability.F)


def test_a_moved_object_never_leaves_a_place_behind(session: Session, enter: Enter):
    version = queries.get_claim(
        session, enter(kind=ClaimKind.MOVE, place_name="the depot", lon=1.0, lat=2.0, radius_km=3.0)
    ).version
    assert (version.place_name, version.lon, version.lat, version.radius_km) == ("", None, None, None)


def test_a_claim_is_as_old_as_its_document_until_somebody_passed_it(session: Session, enter: Enter):
    claim = enter(occurred="2015-05-20?")
    draft = ClaimDraft("fighters are in all of the town", ClaimKind.FIGHTING, ("Observatory",), occurred="2015-05-20?")
    service.correct_claim(session, replace(ANALYST, now=LATER), claim, draft, reason="a slip")
    accept(session, claim, replace(OFFICER, now=LATER))
    assert public(session, known_on=date(2015, 5, 20)) == [claim]
    assert public(session, known_on=date(2015, 5, 19)) == []


def test_a_correction_of_what_was_passed_is_news_and_waits_for_its_own_review(session: Session, enter: Enter):
    claim = enter(occurred="2015-05-20?")
    accept(session, claim)
    draft = ClaimDraft("fighters are in half of the town", ClaimKind.FIGHTING, ("Observatory",), occurred="2015-05-20?")
    later = replace(ANALYST, now=LATER)
    service.correct_claim(session, later, claim, draft, reason="second report")

    def says(known_on: date) -> str:
        return queries.known_claims(session, reviewed=True, known_on=known_on)[0].version.statement

    assert says(LATER.date()) == "fighters are in the town"
    accept(session, claim, replace(OFFICER, now=LATER))
    assert says(LATER.date()) == "fighters are in half of the town"
    assert says(date(2015, 5, 30)) == "fighters are in the town"


def test_refusing_a_correction_leaves_what_stood(session: Session, enter: Enter):
    claim = enter()
    accept(session, claim)
    service.correct_claim(session, ANALYST, claim, ClaimDraft("something else"), reason="why not")
    with pytest.raises(InvalidInput, match="reason"):
        service.review_claim(session, OFFICER, claim, Verdict.REJECT)
    service.review_claim(session, OFFICER, claim, Verdict.REJECT, reason="not in the text")
    assert [r.version.statement for r in queries.known_claims(session, reviewed=True)] == ["fighters are in the town"]


def test_withdrawing_takes_a_claim_from_everybody_from_then_on(session: Session, enter: Enter):
    claim = enter(occurred="2015-05-20?")
    accept(session, claim)
    service.withdraw_claim(session, replace(OFFICER, now=LATER), claim, reason="the paper took it back")
    assert public(session) == []
    assert public(session, known_on=date(2015, 5, 30)) == [claim]
    with pytest.raises(Conflict):
        accept(session, claim)


def test_the_same_correction_or_review_again_is_refused_and_changes_nothing(session: Session, enter: Enter):
    claim = enter()
    same = ClaimDraft("fighters are in the town", ClaimKind.FIGHTING, ("Observatory",))
    with pytest.raises(AlreadyRecorded):
        service.correct_claim(session, ANALYST, claim, same, reason="")
    accept(session, claim)
    with pytest.raises(AlreadyRecorded):
        accept(session, claim)
    assert len(queries.versions_of(session, claim)) == 2


def test_a_claim_that_changed_since_it_was_opened_is_not_passed_unseen(session: Session, enter: Enter):
    claim = enter()
    service.correct_claim(session, ANALYST, claim, ClaimDraft("another thing"), reason="")
    with pytest.raises(Conflict, match="changed"):
        accept(session, claim, revision=1)


def test_confirmed_takes_two_persons(session: Session, enter: Enter):
    claim = enter(credibility=2)
    assert accept(session, claim, OFFICER, credibility=1) is Settled.SECOND_NEEDED
    assert public(session) == []
    with pytest.raises(Conflict, match="two persons"):
        accept(session, claim, OFFICER)
    assert accept(session, claim, ANALYST) is Settled.REVIEWED
    assert public(session) == [claim]


def test_who_entered_it_as_confirmed_does_not_pass_it(session: Session, enter: Enter):
    claim = enter(credibility=1)
    with pytest.raises(Conflict, match="two persons"):
        accept(session, claim, ANALYST)
    assert accept(session, claim, OFFICER) is Settled.REVIEWED


def test_one_person_suffices_where_nobody_has_an_account(session: Session, enter: Enter):
    claim = enter(credibility=1)
    assert accept(session, claim, replace(ANALYST, account_id=None)) is Settled.REVIEWED


def test_as_of_a_day_leaves_out_what_had_not_happened(session: Session, enter: Enter):
    claim = enter(occurred="2015-05-20?")
    accept(session, claim)
    assert public(session, as_of=date(2015, 5, 19)) == []
    assert public(session, as_of=date(2015, 5, 20)) == [claim]


# -- sources


def test_a_source_met_first_in_a_claim_cannot_be_judged_until_somebody_does(session: Session, enter: Enter):
    row = queries.get_claim(session, enter(said_by=("A new voice",)))
    source = row.sayers[0]
    assert (source.reliability, source.party, row.version.reliability) == ("F", "unknown", "F")
    judged = SourceDraft("", SourceKind.OBSERVER, Party.NO, Reliability.C, reason="borne out three times")
    service.assess_source(session, ANALYST, source.source_id, judged)
    assert queries.get_claim(session, enter(said_by=("a NEW voice",))).version.reliability == "C"
    assert queries.get_claim(session, row.claim_id).version.reliability == "F"
    assert [a.reliability for a in queries.assessments_of(session, source.source_id)] == ["C", "F"]


def test_a_judgement_of_a_source_needs_a_reason_and_a_source(session: Session):
    source = service.add_source(session, ANALYST, SourceDraft("Somebody"))
    with pytest.raises(InvalidInput, match="reason"):
        service.assess_source(session, ANALYST, source, SourceDraft(""))
    with pytest.raises(NotFound):
        service.assess_source(session, ANALYST, 10**9, SourceDraft("", reason="x"))
    with pytest.raises(AlreadyRecorded):
        service.add_source(session, ANALYST, SourceDraft("SOMEBODY!"))


def test_two_names_of_one_observatory_are_one_origin(session: Session, enter: Enter):
    one = enter(said_by=("Syrian Observatory for Human Rights",))
    other = enter(said_by=("The Syrian Observatory",))
    sources = queries.get_claim(session, one).origins
    assert sources == ("sohr",)
    service.assess_source(
        session, ANALYST, queries.get_claim(session, other).sayers[0].source_id,
        SourceDraft("", origin="SOHR", reason="its short name"),
    )  # fmt: skip
    assert service.shared_origins(session, one, other) == ["sohr"]


def test_a_track_record_counts_reviewed_claims_by_their_grade(session: Session, enter: Enter):
    claims = [enter(f"thing {n}", credibility=grade) for n, grade in enumerate((2, 2, 5))]
    for claim in claims:
        accept(session, claim)
    source = queries.get_claim(session, claims[0]).sayers[0].source_id
    assert queries.track_record(session, source) == {2: 2, 5: 1}


# -- links, and the record


def test_links_are_made_and_taken_back_by_people(session: Session, enter: Enter):
    one, other = enter("a"), enter("b")
    link = service.link_claims(session, ANALYST, other, one, LinkKind.CONTRADICTS, reason="they cannot both be so")
    with pytest.raises(AlreadyRecorded):
        service.link_claims(session, ANALYST, one, other, LinkKind.CONTRADICTS)
    with pytest.raises(InvalidInput):
        service.link_claims(session, ANALYST, one, one, LinkKind.SUPPORTS)
    assert [(x.claim_id, x.other_id) for x in queries.links_of(session, [one])] == [(one, other)]
    service.unlink_claims(session, ANALYST, link)
    assert queries.links_of(session, [one]) == []
    with pytest.raises(NotFound):
        service.unlink_claims(session, ANALYST, link)


@pytest.mark.parametrize("table", ["claim_version", "source_assessment", "document", "claim"])
def test_the_program_itself_can_change_nothing_of_what_was_said(session: Session, enter: Enter, table: str):
    enter()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        session.connection().execute(sa.text(f"delete from {table}"))


def test_the_same_claim_sent_twice_is_one(session: Session, document_id: int, enter: Enter):
    first = enter("said once", occurred="2015-05-20?")
    assert enter("said once", occurred="2015-05-20?") == first
    assert enter("said once", occurred="2015-05-19?") != first
    draft = ClaimDraft("said twice in one go")
    assert len(set(service.enter_claims(session, document_id, [draft, draft], act=ANALYST))) == 1


def test_a_draft_of_many_claims_goes_in_whole(session: Session, document_id: int):
    drafts = [ClaimDraft(f"thing {n}") for n in range(5)]
    assert len(service.enter_claims(session, document_id, drafts, act=replace(ANALYST, now=NOW))) == 5
    with pytest.raises(NotFound):
        service.enter_claims(session, 10**9, drafts, act=ANALYST)
