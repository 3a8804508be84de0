"""The fields of every document that programs read, and the action each needs; a field that is not here is a leak.

A path names what lies in a dictionary, and what lies in a list by the list's own path.
"""

from collections.abc import Mapping

from heritage.policy.table import Action

_COLLECTION = (
    "type", "complete", "features", "features.type", "features.geometry", "features.geometry.type",
    "features.geometry.coordinates", "features.properties",
)  # fmt: skip


def _properties(*names: str) -> tuple[str, ...]:
    return tuple(f"features.properties.{name}" for name in names)


def _each(of: str, *names: str) -> tuple[str, ...]:
    return (of, *(f"{of}.{name}" for name in names))


_AROUND = (*_COLLECTION, "bbox", *_properties("about", "age", "href", "kind", "name"))

FIELDS: Mapping[str, Mapping[Action, tuple[str, ...]]] = {
    # Nothing of where it is, who carried it or what it is worth.
    "artefacts.sheet_as_json": {
        Action.SEE_OBJECT_LIST: (
            "standard", "code", "institution", "inventory_number", "object_type", "title", "materials", "measurements",
            "inscriptions", "period", "maker", "subject", "features", "description", "related", "origin", "count_low",
            "count_high", "documented_on", *_each("photographs", "sha256"),
            *_each("vocabularies", "object_id", "red_list"), "red_list",
        ),
    },
    # Nothing of what is under seal: no destination, date of transport, mover or contact.
    "moves.as_json": {
        Action.SEE_OBJECT_LIST: (
            "code", "reason", "method", "people", "planned_at", "authorised_at", "closed_at",
            *_each("vocabularies", "movement", "stages"),
            *_each(
                "objects", "code", "kind", "state", "seal", "container", "count_low", "count_high", "condition_before",
                "condition_after",
            ),
            *_each("stages", "stage", "state", "points"),
            *_each("stages.entries", "state", "points", "happened_at", "recorded_at"),
        ),
        Action.KEEP_OBJECTS: ("planned_by", "authorised_by", "custodian", "stages.entries.by"),
    },
    "feeds.as_json": {
        Action.READ: (
            "at",
            *_each(
                "feeds", "attribution", "brings", "embargo", "enabled", "every_minutes", "failures", "feed",
                "fresh_days", "gap", "health", "known_until", "lag_days", "last_good_at", "last_run_at",
                "newest_event_on", "not_known_since", "outcome", "overdue_s", "paused", "title",
            ),
        ),
        # What went wrong may tell of the machine.
        Action.SEE_JOB_ERRORS: (
            "feeds.base_url", "feeds.error", "feeds.next_try_at",
            *_each("alarms", "id", "kind", "feed", "detail", "opened_at", "closed_at"),
            *_each(
                "runs", "id", "feed", "started_at", "finished_at", "duration_s", "outcome", "asked", "received_bytes",
                "received", "taken", "changed", "unchanged", "withdrawn", "refused", "left_out", "reasons", "notes",
                "quarantined", "cursor", "newest_event_on", "known_until", "embargo", "error",
            ),
        ),
    },
    "maps.sites": {
        Action.READ: (*_COLLECTION, *_properties("about", "danger", "href", "kind", "level", "name", "site")),
    },
    "maps.site": {Action.READ: _AROUND},
    "maps.incident": {Action.READ: _AROUND},
    "sites.export": {
        Action.READ: (
            *_COLLECTION, "as_of", "known_on", "found", "credit", "note",
            *_properties(
                "register", "id_no", "slug", "name", "local_name", "category", "countries", "inscribed", "in_register",
                "in_danger", "level", "lon", "lat", "grid_km", "as_of", "known_on", "address", "credit",
            ),
        ),
    },
    "working.show": {Action.READ: ("words", "done", "of", "ended")},
    "threats.suggest": {Action.FILE_UPDATE: ("about", "name", "slug")},
}  # fmt: skip
