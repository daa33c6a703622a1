"""Codes of countries that refugees' inputs may name, and the names FLEE's files write for them. No other facts."""

from __future__ import annotations

_ASSIGNED = """
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR
BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP
CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB
GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN
KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD
MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN
PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM
SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR
UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
"""
ISO_3166 = frozenset(_ASSIGNED.split())
"""ISO 3166-1 alpha-3, the 249 codes officially assigned (https://www.iso.org/obp/ui/#search/code/)."""

UNHCR_CODES = frozenset({"UNK", "XXA", "TIB"})
"""What UNHCR writes where there is no country: unknown origin, stateless, Tibetan."""

SAMPLE_CODES = frozenset({"XSA", "XSB"})
"""The sample's own countries, of the codes that ISO 3166-1 leaves to its users."""

KNOWN_CODES = ISO_3166 | UNHCR_CODES | SAMPLE_CODES

FLEE_NAMES = {
    "Burkina_Faso": "BFA",
    "Burundi": "BDI",
    "CAR": "CAF",
    "Cameroon": "CMR",
    "Chad": "TCD",
    "DRC": "COD",
    "Ethiopia": "ETH",
    "Iraq": "IRQ",
    "Jordan": "JOR",
    "Kenya": "KEN",
    "Lebanon": "LBN",
    "Mali": "MLI",
    "Mauritania": "MRT",
    "Niger": "NER",
    "Nigeria": "NGA",
    "RC": "COG",
    "Rwanda": "RWA",
    "South_Sudan": "SSD",
    "Sudan": "SDN",
    "Syria": "SYR",
    "Tanzania": "TZA",
    "Turkey": "TUR",
    "Uganda": "UGA",
}
"""Countries as the seven conflicts of FLEE name them, to ISO 3166-1; dbt's macro `flee_country` is tested to agree."""
