"""Use cases of a job, from planning to the return; each step is a new row that the record vouches for."""

from heritage.artefacts.moves.away import find, lose, transfer, verify
from heritage.artefacts.moves.before import authorise, leave_out, pack, plan
from heritage.artefacts.moves.differences import agree, propose
from heritage.artefacts.moves.facts import SealedFacts, facts_of, seal_facts, unseal_facts, write_seal
from heritage.artefacts.moves.handover import give, open_handover, receive
from heritage.artefacts.moves.job import Opened, open_job, read_job
from heritage.artefacts.moves.record import note_condition, settle_stage

__all__ = [
    "Opened",
    "SealedFacts",
    "agree",
    "authorise",
    "facts_of",
    "find",
    "give",
    "leave_out",
    "lose",
    "note_condition",
    "open_handover",
    "open_job",
    "pack",
    "plan",
    "propose",
    "read_job",
    "receive",
    "seal_facts",
    "settle_stage",
    "transfer",
    "unseal_facts",
    "verify",
    "write_seal",
]
