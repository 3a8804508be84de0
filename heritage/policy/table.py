"""The one table of who may do what: actions by role, and the action behind every address.

An action or address that does not stand here is refused to everybody.
"""

from collections.abc import Mapping
from enum import StrEnum

from heritage.policy.roles import HELD, Role, Scope


class Reach(StrEnum):
    """How far a permission goes."""

    ALL = "all"
    OWN = "own"  # what lies in the account's countries, or belongs to its institutions


class Action(StrEnum):
    """What somebody may want to do or see."""

    READ = "read"  # the register, levels, reports: what is public
    SIGN_IN = "sign_in"
    OWN_ACCOUNT = "own_account"
    SET_UP_FACTOR = "set_up_factor"  # second factors, recovery codes, the password itself
    SEE_JOBS = "see_jobs"
    SEE_JOB_ERRORS = "see_job_errors"
    MANAGE_FEEDS = "manage_feeds"  # ask a source now, leave it alone for a while
    SEE_AUDIT = "see_audit"
    MANAGE_ACCOUNTS = "manage_accounts"
    LOAD_STARTER = "load_starter"
    ADD_SITE = "add_site"
    EDIT_SITE = "edit_site"
    RECORD_CONDITION = "record_condition"
    RECORD_DANGER = "record_danger"
    IMPORT_REGISTER = "import_register"
    JUDGE = "judge"
    JOIN_EVENTS = "join_events"  # say which reports tell of one happening
    SEE_CLAIMS = "see_claims"  # all of them: also what nobody reviewed, and what is sensitive
    WORK_ON_CLAIMS = "work_on_claims"  # open the pages where claims are entered; a reporter finds the own ones there
    READ_OUT_CLAIMS = "read_out_claims"  # fetch an article and have draft claims read out of it
    ENTER_CLAIMS = "enter_claims"  # enter or correct a claim about somewhere
    REVIEW_CLAIMS = "review_claims"
    GRADE_SOURCES = "grade_sources"
    CONFIRM_RECORD = "confirm_record"  # settle what somebody else proposed for condition or status
    FILE_UPDATE = "file_update"
    FOLLOW_UPDATE = "follow_update"  # answer or withdraw under a code word
    OPEN_REVIEW = "open_review"  # the queue, as far as one's review reaches
    REVIEW_UPDATE = "review_update"  # see what was filed about a site and settle it
    # The columns of the roles' table whose pages are still to come.
    SEE_REPORTER_PSEUDONYM = "see_reporter_pseudonym"
    OPEN_OBJECTS = "open_objects"  # the pages of kept objects; each shows what one may see, and nothing else is there
    ENTER_OBJECTS = "enter_objects"  # the forms on which those of one's own institution are entered and planned
    SEE_OBJECT_LIST = "see_object_list"
    KEEP_OBJECTS = "keep_objects"  # enter, plan, pack, hand over
    AUTHORISE_MOVE = "authorise_move"
    ASK_ABOUT_OBJECT = "ask_about_object"  # describe one and wait for its keeper to answer
    SEE_OBJECT_PLACE = "see_object_place"
    SEE_MILITARY_POINTS = "see_military_points"
    PROPOSE_ALERT = "propose_alert"
    APPROVE_ALERT = "approve_alert"
    SEE_LEDGER = "see_ledger"  # which message went out when; recipients are numbers there
    KEEP_DUTY = "keep_duty"  # who is on duty when
    SUBSCRIBE = "subscribe"
    KEEP_VERSION = "keep_version"  # what is public of a dossier, word for word, to be cited
    # What is sealed: the page of questions and readings, asking, answering others, doing without a second person.
    USE_SEALED = "use_sealed"
    ASK_PLACE = "ask_place"
    APPROVE_PLACE = "approve_place"
    ASK_REPORTER = "ask_reporter"
    APPROVE_REPORTER = "approve_reporter"
    ASK_ORIGINAL = "ask_original"
    APPROVE_ORIGINAL = "approve_original"
    ASK_PHOTOGRAPH = "ask_photograph"  # the original of a picture of a kept object
    APPROVE_PHOTOGRAPH = "approve_photograph"
    BREAK_GLASS = "break_glass"
    CLOSE_ALARM = "close_alarm"
    USE_ATTACHMENTS = "use_attachments"
    SEE_ATTACHMENT = "see_attachment"
    SEND_PIECES = "send_pieces"  # bring a file of a report in pieces
    NEVER = "never"  # comes with a library and is not used


# What stays possible in a replay: looking, and one's own account. The world as recorded is not touched.
NO_CHANGE = frozenset(
    {
        Action.READ, Action.SIGN_IN, Action.OWN_ACCOUNT, Action.SET_UP_FACTOR, Action.SEE_JOBS, Action.SEE_JOB_ERRORS,
        Action.SEE_AUDIT, Action.MANAGE_ACCOUNTS, Action.SEE_CLAIMS,
    }
)  # fmt: skip

ALL, OWN = Reach.ALL, Reach.OWN
_EVERY_ACCOUNT: Mapping[Role, Reach] = dict.fromkeys(HELD, ALL)
_OFFICER, _MACHINE = {Role.EMERGENCY_OFFICER: ALL}, {Role.MACHINE: ALL}
_OWN_DIRECTORATE = {Role.DIRECTORATE: OWN}
_REVIEWERS = (Role.ANALYST, Role.EMERGENCY_OFFICER, Role.DIRECTORATE)
_EDITORS = _OFFICER | _OWN_DIRECTORATE | _MACHINE

TABLE: Mapping[Action, Mapping[Role, Reach]] = {
    Action.READ: {Role.PUBLIC: ALL},
    Action.SIGN_IN: {Role.PUBLIC: ALL},
    Action.OWN_ACCOUNT: _EVERY_ACCOUNT,
    Action.SET_UP_FACTOR: _EVERY_ACCOUNT,
    Action.SEE_JOBS: {Role.ADMINISTRATOR: ALL, Role.ANALYST: ALL} | _OFFICER | _MACHINE,
    # What went wrong may tell of the machine.
    Action.SEE_JOB_ERRORS: {Role.ADMINISTRATOR: ALL} | _MACHINE,
    Action.MANAGE_FEEDS: {Role.ADMINISTRATOR: ALL} | _MACHINE,
    Action.SEE_AUDIT: {Role.ADMINISTRATOR: ALL} | _OFFICER | _MACHINE,
    Action.MANAGE_ACCOUNTS: {Role.ADMINISTRATOR: ALL},
    Action.LOAD_STARTER: {Role.ADMINISTRATOR: ALL} | _OFFICER | _MACHINE,
    Action.ADD_SITE: _OFFICER | _MACHINE,
    Action.EDIT_SITE: _EDITORS,
    Action.RECORD_CONDITION: _EDITORS,
    Action.RECORD_DANGER: _EDITORS,
    # A register speaks of every country at once, so it is nobody's who is bound to one.
    Action.IMPORT_REGISTER: _OFFICER | _MACHINE,
    Action.JUDGE: _OFFICER | _MACHINE,
    Action.JOIN_EVENTS: {Role.ANALYST: ALL} | _OFFICER | _MACHINE,
    Action.SEE_CLAIMS: {Role.ANALYST: ALL} | _EDITORS,
    # A text may speak of several countries; which claims of it a directorate enters is asked for each.
    Action.WORK_ON_CLAIMS: {Role.FIELD_REPORTER: ALL, Role.ANALYST: ALL, Role.DIRECTORATE: ALL} | _OFFICER | _MACHINE,
    Action.READ_OUT_CLAIMS: {Role.ANALYST: ALL, Role.DIRECTORATE: ALL} | _OFFICER | _MACHINE,
    Action.ENTER_CLAIMS: {Role.FIELD_REPORTER: ALL, Role.ANALYST: ALL} | _EDITORS,
    Action.REVIEW_CLAIMS: {Role.ANALYST: ALL} | _OFFICER | _MACHINE,
    Action.GRADE_SOURCES: {Role.ANALYST: ALL} | _OFFICER | _MACHINE,
    Action.CONFIRM_RECORD: {Role.ANALYST: ALL} | _EDITORS,
    # A directorate files for its own countries only; the address does not name the site, so the form asks that.
    Action.FILE_UPDATE: dict.fromkeys((Role.PASSER_BY, Role.FIELD_REPORTER, *_REVIEWERS, Role.REGISTRAR), ALL)
    | _MACHINE,
    Action.FOLLOW_UPDATE: {Role.PUBLIC: ALL},
    Action.OPEN_REVIEW: dict.fromkeys(_REVIEWERS, ALL) | _MACHINE,
    Action.REVIEW_UPDATE: {Role.ANALYST: ALL} | _EDITORS,
    Action.SEE_REPORTER_PSEUDONYM: {Role.ANALYST: ALL} | _OFFICER | _OWN_DIRECTORATE,
    Action.OPEN_OBJECTS: {Role.REGISTRAR: ALL, Role.DIRECTORATE: ALL} | _OFFICER,
    Action.ENTER_OBJECTS: {Role.REGISTRAR: ALL},
    Action.KEEP_OBJECTS: {Role.REGISTRAR: OWN},
    Action.AUTHORISE_MOVE: {Role.REGISTRAR: OWN} | _OFFICER | _OWN_DIRECTORATE,
    Action.SEE_OBJECT_LIST: {Role.REGISTRAR: OWN} | _OFFICER | _OWN_DIRECTORATE,
    # Describing tells the asker nothing; whose it is sees who asked.
    Action.ASK_ABOUT_OBJECT: {Role.REGISTRAR: ALL, Role.DIRECTORATE: ALL, Role.ANALYST: ALL} | _OFFICER,
    # Officer and directorate see a place case by case only, which is a release by two persons and no standing right.
    Action.SEE_OBJECT_PLACE: {Role.REGISTRAR: OWN},
    Action.SEE_MILITARY_POINTS: {Role.ANALYST: ALL} | _OFFICER | _OWN_DIRECTORATE,
    Action.PROPOSE_ALERT: {Role.ANALYST: ALL} | _OFFICER | _OWN_DIRECTORATE,
    Action.APPROVE_ALERT: _OFFICER,
    Action.KEEP_DUTY: _OFFICER | _MACHINE,
    Action.SEE_LEDGER: {Role.ANALYST: ALL} | _OFFICER | _MACHINE,
    Action.SUBSCRIBE: {Role.PUBLIC: ALL},
    Action.KEEP_VERSION: {Role.PUBLIC: ALL},
    # Reporters see there who asked for their names; subscribers have nothing that is sealed.
    Action.USE_SEALED: {role: ALL for role in HELD if role is not Role.SUBSCRIBER},
    Action.ASK_PLACE: {Role.REGISTRAR: OWN} | _OFFICER | _OWN_DIRECTORATE,
    Action.APPROVE_PLACE: {Role.REGISTRAR: OWN} | _OFFICER | _OWN_DIRECTORATE,
    Action.ASK_REPORTER: _OFFICER,
    Action.APPROVE_REPORTER: _OFFICER,
    Action.ASK_ORIGINAL: {Role.ANALYST: ALL} | _OFFICER,
    Action.APPROVE_ORIGINAL: {Role.ANALYST: ALL} | _OFFICER,
    # A picture of a kept object may show its room: it is opened by those who keep it.
    Action.ASK_PHOTOGRAPH: {Role.REGISTRAR: OWN} | _OWN_DIRECTORATE,
    Action.APPROVE_PHOTOGRAPH: {Role.REGISTRAR: OWN},
    # The administrator has no content; this is the one way to it, and everybody concerned sees it.
    Action.BREAK_GLASS: {Role.ADMINISTRATOR: ALL} | _OFFICER,
    Action.CLOSE_ALARM: {Role.ADMINISTRATOR: ALL} | _OFFICER,
    # An address names no country; whether this one may be seen is asked with the attachment's own.
    Action.USE_ATTACHMENTS: {Role.ANALYST: ALL, Role.DIRECTORATE: ALL, Role.REGISTRAR: ALL} | _OFFICER,
    # Strangers send small files with the form: what waits here would be a way to fill the disk.
    Action.SEND_PIECES: dict.fromkeys((Role.FIELD_REPORTER, *_REVIEWERS, Role.REGISTRAR), ALL) | _MACHINE,
    Action.SEE_ATTACHMENT: {Role.ANALYST: ALL} | _OFFICER | _OWN_DIRECTORATE,
    Action.NEVER: {},
}

# The scope that a token needs for an action; whatever is not here no token may do.
SCOPES: Mapping[Action, Scope] = {
    Action.READ: Scope.READ,
    Action.SEE_JOBS: Scope.JOBS,
    Action.SEE_JOB_ERRORS: Scope.JOBS,
    Action.SEE_AUDIT: Scope.AUDIT,
}

ROUTES: Mapping[str, Action] = {
    "static": Action.READ,
    "health.healthz": Action.READ,
    "health.readyz": Action.READ,
    "health.metrics": Action.SEE_JOBS,
    "feeds.index": Action.READ,
    "feeds.as_json": Action.READ,
    "feeds.ask": Action.MANAGE_FEEDS,
    "feeds.pause": Action.MANAGE_FEEDS,
    "feeds.resume": Action.MANAGE_FEEDS,
    "overview.index": Action.READ,
    "overview.take_starter": Action.LOAD_STARTER,
    "sites.browse": Action.READ,
    "sites.export": Action.READ,
    "working.show": Action.READ,  # counts and a stage, for whoever made the token up
    "sites.dossier": Action.READ,
    "dossier.brief": Action.READ,
    "dossier.brief_as_pdf": Action.READ,
    "dossier.citation": Action.READ,
    "dossier.keep": Action.KEEP_VERSION,
    "sites.new": Action.ADD_SITE,
    "sites.edit": Action.EDIT_SITE,
    "sites.new_part": Action.EDIT_SITE,
    "sites.edit_part": Action.EDIT_SITE,
    "sites.withdraw_part": Action.EDIT_SITE,
    "sites.new_condition": Action.RECORD_CONDITION,
    "sites.new_danger": Action.RECORD_DANGER,
    "sites.close_danger": Action.RECORD_DANGER,
    "sites.settle": Action.CONFIRM_RECORD,
    "sites.imports": Action.IMPORT_REGISTER,
    "sites.comparison": Action.IMPORT_REGISTER,
    "sites.undo_import": Action.IMPORT_REGISTER,
    "threats.new": Action.FILE_UPDATE,
    "threats.suggest": Action.FILE_UPDATE,
    "threats.blank": Action.FILE_UPDATE,
    "threats.worker": Action.FILE_UPDATE,
    "threats.follow": Action.READ,
    "threats.mine": Action.OWN_ACCOUNT,
    "threats.own": Action.OWN_ACCOUNT,
    "threats.discard": Action.OWN_ACCOUNT,
    "threats.show": Action.READ,
    "threats.change": Action.OPEN_REVIEW,
    "threats.release": Action.OPEN_REVIEW,
    "threats.review": Action.OPEN_REVIEW,
    "threats.review_update": Action.OPEN_REVIEW,
    "threats.settle": Action.OPEN_REVIEW,
    "threats.notice_seen": Action.OPEN_REVIEW,
    "alerts.index": Action.READ,
    "alerts.show": Action.READ,
    "alerts.atom": Action.READ,
    "alerts.cap": Action.READ,
    # A directorate proposes for its own countries only; the address does not name them, so the page asks that.
    "alerts.propose": Action.OPEN_REVIEW,
    "alerts.approve": Action.APPROVE_ALERT,
    "alerts.reject": Action.APPROVE_ALERT,
    "alerts.acknowledge": Action.JUDGE,
    "alerts.decide": Action.JUDGE,
    "alerts.hand_over": Action.JUDGE,
    "duty.index": Action.KEEP_DUTY,
    "duty.add": Action.KEEP_DUTY,
    "duty.remove": Action.KEEP_DUTY,
    "subscriptions.index": Action.READ,
    "subscriptions.asked": Action.READ,
    "subscriptions.request_one": Action.SUBSCRIBE,
    "subscriptions.ask_for_list": Action.SUBSCRIBE,
    "subscriptions.confirm": Action.SUBSCRIBE,
    "subscriptions.stop": Action.SUBSCRIBE,
    "subscriptions.manage": Action.READ,
    "subscriptions.change": Action.SUBSCRIBE,
    "subscriptions.end": Action.SUBSCRIBE,
    "subscriptions.change_own": Action.OWN_ACCOUNT,
    "subscriptions.end_own": Action.OWN_ACCOUNT,
    "subscriptions.make_webhook": Action.OWN_ACCOUNT,
    "subscriptions.remove_webhook": Action.OWN_ACCOUNT,
    "incidents.show": Action.READ,
    "incidents.join": Action.JOIN_EVENTS,
    "reports.index": Action.READ,
    "reports.show": Action.READ,
    "reports.claim": Action.READ,
    "reports.new": Action.WORK_ON_CLAIMS,
    "reports.add_claim": Action.WORK_ON_CLAIMS,
    "drafts.fetch": Action.READ_OUT_CLAIMS,
    "drafts.index": Action.READ_OUT_CLAIMS,
    "drafts.show": Action.READ_OUT_CLAIMS,
    "reports.queue": Action.WORK_ON_CLAIMS,
    "reports.correct": Action.WORK_ON_CLAIMS,
    "reports.review": Action.REVIEW_CLAIMS,
    "reports.withdraw": Action.WORK_ON_CLAIMS,
    "reports.link_claim": Action.REVIEW_CLAIMS,
    "reports.end_link": Action.REVIEW_CLAIMS,
    "reports.sources": Action.GRADE_SOURCES,
    "reports.new_source": Action.GRADE_SOURCES,
    "reports.source": Action.GRADE_SOURCES,
    "flags.methodology": Action.READ,
    "design.index": Action.READ,
    "flags.judge": Action.JUDGE,
    "flags.end": Action.JUDGE,
    "maps.basemap": Action.READ,
    "maps.land": Action.READ,
    "maps.towns": Action.READ,
    "maps.sites": Action.READ,
    "maps.site": Action.READ,
    "maps.incident": Action.READ,
    "jobs.index": Action.SEE_JOBS,
    "audit.index": Action.SEE_AUDIT,
    "attachments.show": Action.USE_ATTACHMENTS,
    "attachments.pieces": Action.SEND_PIECES,
    "threats.originals": Action.SEND_PIECES,
    "attachments.view": Action.USE_ATTACHMENTS,
    "attachments.thumb": Action.USE_ATTACHMENTS,
    "sealing.index": Action.USE_SEALED,
    "sealing.show": Action.USE_SEALED,
    "sealing.ask": Action.USE_SEALED,
    "sealing.break_glass": Action.USE_SEALED,
    "sealing.read": Action.USE_SEALED,
    "sealing.decide": Action.USE_SEALED,
    "sealing.justify": Action.USE_SEALED,
    "sealing.end": Action.USE_SEALED,
    "sealing.close_alarm": Action.CLOSE_ALARM,
    "sealing.withdraw": Action.USE_SEALED,
    "accounts.index": Action.MANAGE_ACCOUNTS,
    "accounts.invite": Action.MANAGE_ACCOUNTS,
    "accounts.withdraw": Action.MANAGE_ACCOUNTS,
    "accounts.disable": Action.MANAGE_ACCOUNTS,
    "accounts.enable": Action.MANAGE_ACCOUNTS,
    "accounts.reset_mfa": Action.MANAGE_ACCOUNTS,
    "accounts.change_roles": Action.MANAGE_ACCOUNTS,
    "accounts.accept": Action.SIGN_IN,
    "accounts.own": Action.OWN_ACCOUNT,
    "accounts.sign_out_everywhere": Action.OWN_ACCOUNT,
    "accounts.new_token": Action.SET_UP_FACTOR,
    "accounts.end_token": Action.OWN_ACCOUNT,
    "artefacts.index": Action.OPEN_OBJECTS,
    "artefacts.lookups": Action.OPEN_OBJECTS,
    "artefacts.new": Action.ENTER_OBJECTS,
    "artefacts.show": Action.OPEN_OBJECTS,
    "artefacts.sheet": Action.OPEN_OBJECTS,
    "artefacts.sheet_as_json": Action.OPEN_OBJECTS,
    "artefacts.edit": Action.OPEN_OBJECTS,
    "artefacts.place_in": Action.OPEN_OBJECTS,
    "lots.divide": Action.OPEN_OBJECTS,
    "lots.join": Action.OPEN_OBJECTS,
    "artefacts.add_custody": Action.OPEN_OBJECTS,
    "artefacts.photograph": Action.OPEN_OBJECTS,
    "artefacts.imports": Action.ENTER_OBJECTS,
    "artefacts.comparison": Action.ENTER_OBJECTS,
    "artefacts.labels": Action.OPEN_OBJECTS,
    "artefacts.packing": Action.OPEN_OBJECTS,
    "inquiries.index": Action.ASK_ABOUT_OBJECT,
    "inquiries.new": Action.ASK_ABOUT_OBJECT,
    "inquiries.answer": Action.ENTER_OBJECTS,
    "inquiries.photograph": Action.ENTER_OBJECTS,
    "moves.new": Action.ENTER_OBJECTS,
    "moves.show": Action.OPEN_OBJECTS,
    "moves.paper": Action.OPEN_OBJECTS,
    "moves.as_json": Action.OPEN_OBJECTS,
    "moves.seal": Action.OPEN_OBJECTS,
    "moves.step": Action.OPEN_OBJECTS,
    "moves.settle": Action.OPEN_OBJECTS,
    "inbox.index": Action.OWN_ACCOUNT,
    "inbox.show": Action.OWN_ACCOUNT,
    "inbox.read": Action.OWN_ACCOUNT,
    "inbox.read_all": Action.OWN_ACCOUNT,
    "security.login": Action.SIGN_IN,
    "security.logout": Action.SIGN_IN,
    "security.forgot_password": Action.SIGN_IN,
    "security.reset_password": Action.SIGN_IN,
    "security.two_factor_token_validation": Action.SIGN_IN,
    "security.tf_select": Action.SIGN_IN,
    "security.mf_recovery": Action.SIGN_IN,
    "security.wan_signin": Action.SIGN_IN,
    "security.wan_signin_response": Action.SIGN_IN,
    "security.verify": Action.OWN_ACCOUNT,
    "security.wan_verify": Action.OWN_ACCOUNT,
    "security.wan_verify_response": Action.OWN_ACCOUNT,
    "security.change_password": Action.SET_UP_FACTOR,
    "security.two_factor_setup": Action.SET_UP_FACTOR,
    "security.two_factor_setup_validate": Action.SET_UP_FACTOR,
    "security.mf_recovery_codes": Action.SET_UP_FACTOR,
    "security.wan_register": Action.SET_UP_FACTOR,
    "security.wan_register_response": Action.SET_UP_FACTOR,
    "security.wan_delete": Action.SET_UP_FACTOR,
    "security.two_factor_rescue": Action.NEVER,
}

# Addresses that hold a code. Whoever has no right to what lies there gets the answer for what is not there, byte for
# byte: to a stranger no code is known or unknown.
SILENT = frozenset(
    {
        "artefacts.show", "artefacts.sheet", "artefacts.sheet_as_json", "artefacts.edit", "artefacts.place_in",
        "lots.divide", "lots.join",
        "artefacts.add_custody", "artefacts.photograph", "moves.show", "moves.paper", "moves.as_json",
        "moves.seal", "moves.step", "moves.settle",
    }
)  # fmt: skip
