"""The English of codes that pages and messages both show; each puts it into its reader's language."""


def N_(text: str) -> str:
    """Mark a text for the catalogues; whoever shows it translates it."""
    return text


LEVELS = {
    0: N_("None"),
    1: N_("Watch"),
    2: N_("Advisory"),
    3: N_("Warning"),
    4: N_("Critical"),
}
EVENT_KINDS = {
    "fighting": N_("Fighting"),
    "non_state_fighting": N_("Fighting between armed groups"),
    "violence_against_civilians": N_("Violence against civilians"),
    "air_strike": N_("Air strike"),
    "shelling": N_("Shelling"),
    "explosion": N_("Explosion"),
    "control_change": N_("Change of control"),
    "looting": N_("Looting"),
    "deliberate_destruction": N_("Deliberate destruction"),
    "other": N_("Incident of another kind"),
}
RELIABILITIES = {
    "A": N_("completely reliable source"),
    "B": N_("usually reliable source"),
    "C": N_("fairly reliable source"),
    "D": N_("source not usually reliable"),
    "E": N_("unreliable source"),
    "F": N_("reliability cannot be judged"),
}
CREDIBILITIES = {
    1: N_("confirmed by independent sources"),
    2: N_("probably true"),
    3: N_("possibly true"),
    4: N_("doubtful"),
    5: N_("improbable"),
    6: N_("truth cannot be judged"),
}
