"""heritage: a risk tracker for cultural heritage in wartime.

    feeds --fetch/parse--> incidents --match--> proximity --evaluate--> flags --enqueue--> alerts --deliver--> channels

Beside the line: sites, threats, artefacts, accounts, reports (what is kept). Above it: maps, api, web (how it is seen).
Below it: core, db, audit, policy, forms. Data moves left to right; imports point only left and down.
Start reading at ``flags/domain.py``, then its tests, then ``app.py``, where the parts meet.
"""

__version__ = "0.1.0"
