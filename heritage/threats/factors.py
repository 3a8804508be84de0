"""UNESCO's list of factors affecting a property: 14 groups, 83 factors, by codes that stay when words change.

Source: the World Heritage Centre's list of factors, adopted 2008. A later list would be a second table with a version
of its own; what was filed under this one keeps saying so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = "unesco-2008"


def N_(text: str) -> str:
    """Mark a text for the catalogues of translations; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor; ``name`` in English as a reader sees it behind the name of its group."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """One of the 14 groups."""

    number: int
    name: str
    factors: tuple[Factor, ...]


def _group(number: int, name: str, *factors: tuple[str, str]) -> Group:
    return Group(number, name, tuple(Factor(*factor) for factor in factors))


GROUPS: tuple[Group, ...] = (
    _group(
        1, N_("Buildings and development"),
        ("housing", N_("Housing")),
        ("commercial_development", N_("Commercial development")),
        ("industrial_areas", N_("Industrial areas")),
        ("visitor_accommodation", N_("Major visitor accommodation and its infrastructure")),
        ("visitation_facilities", N_("Interpretative and visitation facilities")),
    ),
    _group(
        2, N_("Transportation infrastructure"),
        ("ground_transport", N_("Ground transport infrastructure")),
        ("underground_transport", N_("Underground transport infrastructure")),
        ("air_transport", N_("Air transport infrastructure")),
        ("marine_transport", N_("Marine transport infrastructure")),
        ("transport_use", N_("Effects of using transport infrastructure")),
    ),
    _group(
        3, N_("Utilities or service infrastructure"),
        ("water_infrastructure", N_("Water infrastructure")),
        ("renewable_energy", N_("Renewable energy facilities")),
        ("non_renewable_energy", N_("Non-renewable energy facilities")),
        ("localised_utilities", N_("Localised utilities")),
        ("linear_utilities", N_("Major linear utilities")),
    ),
    _group(
        4, N_("Pollution"),
        ("marine_pollution", N_("Pollution of marine waters")),
        ("ground_water_pollution", N_("Ground water pollution")),
        ("surface_water_pollution", N_("Surface water pollution")),
        ("air_pollution", N_("Air pollution")),
        ("solid_waste", N_("Solid waste")),
        ("excess_energy", N_("Input of excess energy")),
    ),
    _group(
        5, N_("Biological resource use or modification"),
        ("fishing", N_("Fishing or collecting aquatic resources")),
        ("aquaculture", N_("Aquaculture")),
        ("land_conversion", N_("Land conversion")),
        ("livestock", N_("Livestock farming or grazing")),
        ("crop_production", N_("Crop production")),
        ("commercial_plant_collection", N_("Commercial wild plant collection")),
        ("subsistence_plant_collection", N_("Subsistence wild plant collection")),
        ("commercial_hunting", N_("Commercial hunting")),
        ("subsistence_hunting", N_("Subsistence hunting")),
        ("forestry", N_("Forestry or wood production")),
    ),
    _group(
        6, N_("Physical resource extraction"),
        ("mining", N_("Mining")),
        ("quarrying", N_("Quarrying")),
        ("oil_and_gas", N_("Oil and gas")),
        ("water_extraction", N_("Water extraction")),
    ),
    _group(
        7, N_("Local conditions affecting physical fabric"),
        ("wind", N_("Wind")),
        ("relative_humidity", N_("Relative humidity")),
        ("temperature", N_("Temperature")),
        ("radiation", N_("Radiation or light")),
        ("dust", N_("Dust")),
        ("water", N_("Water: rain, water table")),
        ("pests", N_("Pests")),
        ("micro_organisms", N_("Micro-organisms")),
    ),
    _group(
        8, N_("Social or cultural uses of heritage"),
        ("religious_uses", N_("Ritual, spiritual, religious and associative uses")),
        ("valuing", N_("Society's valuing of heritage")),
        ("indigenous_gathering", N_("Indigenous hunting, gathering and collecting")),
        ("traditional_ways", N_("Changes in traditional ways of life and knowledge")),
        ("population_changes", N_("Identity, social cohesion, changes in local population")),
        ("tourism", N_("Impacts of tourism, visitors or recreation")),
    ),
    _group(
        9, N_("Other human activities"),
        ("illegal_activities", N_("Illegal activities")),
        ("deliberate_destruction", N_("Deliberate destruction of heritage")),
        ("military_training", N_("Military training")),
        ("war", N_("War")),
        ("terrorism", N_("Terrorism")),
        ("civil_unrest", N_("Civil unrest")),
    ),
    _group(
        10, N_("Climate change and severe weather events"),
        ("storms", N_("Storms")),
        ("flooding", N_("Flooding")),
        ("drought", N_("Drought")),
        ("desertification", N_("Desertification")),
        ("oceanic_waters", N_("Changes to oceanic waters")),
        ("temperature_change", N_("Temperature change")),
        ("other_climate_change", N_("Other climate change impacts")),
    ),
    _group(
        11, N_("Sudden ecological or geological events"),
        ("volcanic_eruption", N_("Volcanic eruption")),
        ("earthquake", N_("Earthquake")),
        ("tsunami", N_("Tsunami or tidal wave")),
        ("avalanche", N_("Avalanche or landslide")),
        ("erosion", N_("Erosion and siltation or deposition")),
        ("fire", N_("Fire (wildfire)")),
    ),
    _group(
        12, N_("Invasive, alien or hyper-abundant species"),
        ("translocated_species", N_("Translocated species")),
        ("invasive_terrestrial", N_("Invasive terrestrial species")),
        ("invasive_freshwater", N_("Invasive freshwater species")),
        ("invasive_marine", N_("Invasive marine species")),
        ("hyper_abundant", N_("Hyper-abundant species")),
        ("modified_genetic", N_("Modified genetic material")),
    ),
    _group(
        13, N_("Management and institutional factors"),
        ("management_system", N_("Management system or plan")),
        ("legal_framework", N_("Legal framework")),
        ("low_impact_research", N_("Low-impact research or monitoring")),
        ("high_impact_research", N_("High-impact research or monitoring")),
        ("governance", N_("Governance")),
        ("management_activities", N_("Management activities")),
        ("financial_resources", N_("Financial resources")),
        ("human_resources", N_("Human resources")),
    ),
    _group(14, N_("Other factors"), ("other", N_("Another factor"))),
)  # fmt: skip

FACTORS: Mapping[str, Factor] = {factor.code: factor for group in GROUPS for factor in group.factors}
GROUP_OF: Mapping[str, Group] = {factor.code: group for group in GROUPS for factor in group.factors}
# What a reporter in a war most often has to say stands first in a list to choose from.
CONFLICT_GROUP = 9
