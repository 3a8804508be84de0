"""What is sealed shows nowhere: in no page's bytes and in no message; what is kept is searched in test_traces."""

from email import policy
from email.parser import BytesParser

import pytest

from heritage.alerts import vitals
from heritage.services import Services
from tests.acceptance.silence_world import DAY, THREAD, World, build, letters, seen, sent, tell, twin
from tests.acceptance.silence_world import PALMYRA as SITE


@pytest.fixture
def world(services: Services, meet) -> World:
    """An evacuation under way; nothing that is sealed is said of any so far."""
    return build(services, meet)


def test_everything_that_leaves_is_the_same_whether_or_not_something_is_sealed(server, world: World, monkeypatch):
    # The room on this machine's disk changes between two looks, whatever is sealed.
    monkeypatch.setattr(vitals, "_room", lambda var: (10**11, 10**12))
    with twin(server, world) as other:
        tell(other)
        told = letters(world), letters(other)
        pages = seen(world), seen(other)
        answers = sent(world), sent(other)
    for before, after in (told, pages, answers):
        assert before.keys() == after.keys()
        assert [place for place in before if before[place] != after[place]] == []
    # The walk met what it is about: letters in each language, the museum's own pages, errors in forms, documents.
    mails, hooks = told[0]["email"], told[0]["webhook"]
    assert len(mails) >= 8
    assert len(hooks) >= 2
    pages_of_mail = [
        body.get_content()
        for mail in mails
        if (body := BytesParser(policy=policy.default).parsebytes(mail).get_body(("html",))) is not None
    ]
    assert all(any(f'lang="{language}"' in html for html in pages_of_mail) for language in ("en", "fr", "ar"))
    status = {place: found[0] for place, found in (pages[0] | answers[0]).items()}
    reached = [
        ("subscriber", "/inbox/1"), ("a stranger", f"/alerts/{THREAD}.1.cap.xml"),
        ("a stranger", "/alerts.atom?lang=ar"), ("analyst", f"/alerts/{THREAD}.1.cap.xml?scope=restricted"),
        ("a stranger", f"/alerts/{THREAD}"), ("a stranger", f"/sites/{SITE}?lang=fr"),
        ("registrar", f"/artefacts/jobs/{world.job}"), ("registrar", f"/artefacts/{world.codes[0]}/object-id.json"),
        ("a stranger", f"/sites/export.xlsx?as_of={DAY}&q=palmyra"), ("directorate", f"/sealed/place/{world.job}"),
    ]  # fmt: skip
    assert {place: status[place] for place in reached} == dict.fromkeys(reached, 200)
    assert sum(1 for one in status.values() if one == 422) >= 10
    assert sum(1 for one in status.values() if one == 200) > 300
