"""Outcome families: what an outcome is, which way is good, and what moves it without a product.

One row per family. `r`, `cv` and `vehicle` are project settings with their basis named; change
them by passing another table, never by editing a result.
"""

from __future__ import annotations

from typing import NamedTuple

from evidence.records.base import UNKNOWN, Unknown
from evidence.records.vocabulary import Better, OutcomeKind


class Drift(NamedTuple):
    """Change without the product, as SMD of the outcome: mean and SD, with its basis."""

    key: str
    mean: float
    sd: float
    basis: str


class Spread(NamedTuple):
    """A lognormal prior for the coefficient of variation of an outcome between people."""

    id: str
    median: float
    log_sd: float
    basis: str


class Family(NamedTuple):
    """One outcome family."""

    id: str
    title: str
    better: Better | Unknown
    r: float  # before-after correlation assumed when none is printed
    drift: str  # key into DRIFT
    cv: Spread | None  # None: a percent of the baseline cannot be put on the SMD scale
    words: tuple[str, ...]  # what names it in free text, first match in the table wins


DRIFT: dict[str, Drift] = {
    row.key: row
    for row in (
        Drift(
            "wrinkle_instrument",
            0.20,
            0.30,
            "vehicle Ra -2.8 % at 8 weeks (0.1 SMD); regression to the mean alone -2 to -17 % "
            "(0.06 to 0.5 SMD) at CV 0.35; plain moisturiser lowered microrelief as much as a "
            "prestige cream",
        ),
        Drift(
            "wrinkle_grade",
            0.35,
            0.40,
            "22-48 % of vehicle users improved in 5-6 months; mean grade -0.08 of 9 in another "
            "trial",
        ),
        Drift("hydration", 0.28, 0.30, "+6 to +7 % on placebo cream; winter minimum"),
        Drift("unlisted", 0.25, 0.40, "no vehicle magnitude found: wide on purpose"),
        Drift("self_report", 0.45, 0.45, "0-43 % of vehicle users report improvement"),
        Drift(
            "within_24h",
            0.60,
            0.50,
            "water and film move instruments in minutes: R2 +11 % at 15 min, hydration +134 % at "
            "once and +55 % at week 6",
        ),
    )
}
"""Change without the product by outcome family; vehicle figures from
`datasets/meta_tables/vehicle_response_benchmarks.csv`."""

_CV_WRINKLE = Spread(
    "cv.wrinkle_depth/0", 0.35, 0.45, "seen .26, .29, .51, .84; provisional, version 0"
)
_CV_ELASTICITY = Spread("cv.elasticity/0", 0.14, 0.40, "seen .08, .17; provisional, version 0")
_CV_CONTOUR = Spread("cv.contour/0", 0.19, 0.50, "seen .19; provisional, version 0")

FAMILIES: dict[str, Family] = {
    row.id: row
    for row in (
        Family("tewl", "transepidermal water loss", "lower", 0.5, "hydration", None,
               ("tewl", "transepidermal", "barrier recovery", "barrier",
                "経皮水分", "经皮水分", "经皮失水", "水分蒸散", "水分散失", "水分流失")),
        Family("hydration", "hydration", "higher", 0.5, "hydration", None,
               ("hydration", "moisture", "moisturis", "corneometer", "capacitance", "plump",
                "水分", "保湿", "含水", "補水", "补水", "うるおい", "潤い")),
        Family("contour", "facial contour, sagging", UNKNOWN, 0.4, "unlisted", _CV_CONTOUR,
               ("contour", "sagging", "lifting", "jawline", "fullness", "volume of the face",
                "たるみ", "下垂", "輪郭", "轮廓", "フェイスライン")),
        Family("collagen", "collagen, elastin and matrix", "higher", 0.5, "unlisted", None,
               ("collagen", "elastin", "fibrillin", "procollagen", "dermal density", "density",
                "thickness", "mmp", "matrix", "コラーゲン", "胶原", "エラスチン", "弹性蛋白",
                "弾性線維", "弹性纤维", "弹力纤维", "真皮密度")),
        Family("elasticity", "elasticity, firmness", "higher", 0.6, "unlisted", _CV_ELASTICITY,
               ("elasticity", "firmness", "firm", "cutometer", "tighten",
                "弾力", "弾性", "弹性", "弹力", "ハリ", "紧致", "紧实")),
        Family("wrinkle_grade", "graded wrinkles, photodamage", "lower", 0.6, "wrinkle_grade", None,
               ("wrinkle_grade", "wrinkle grade", "photodamage", "photoag", "fine line",
                "fine wrinkl", "overall ageing", "overall aging", "光老化", "小じわ", "小ジワ",
                "小しわ", "小シワ", "细纹", "しわグレード", "シワグレード", "しわスコア",
                "シワスコア", "皱纹等级", "皱纹分级", "皱纹评分")),
        Family("wrinkle_depth", "wrinkle depth, roughness, replica or profilometry", "lower", 0.6,
               "wrinkle_instrument", _CV_WRINKLE,
               ("wrinkle_depth", "wrinkle depth", "wrinkle_volume", "wrinkle volume",
                "wrinkle_length", "wrinkle length", "wrinkle_area", "wrinkle area", "depth",
                "roughness", "smoothness", "texture", "replica", "profilometr", "primos",
                "しわの深さ", "しわ深さ", "シワの深さ", "シワ深さ", "しわの体積", "しわの面積",
                "皱纹深度", "皱纹体积", "皱纹面积", "皱纹长度", "粗さ", "粗糙", "レプリカ")),
        Family("wrinkles", "wrinkles, measure not said", "lower", 0.6, "wrinkle_grade", None,
               ("wrinkle", "line", "しわ", "シワ", "皱纹", "ほうれい線", "法令纹", "鱼尾纹")),
        Family("pigmentation", "pigmentation, redness, dark circles", "lower", 0.5, "unlisted",
               None, ("pigment", "melanin", "spots", "redness", "dark circle", "dark_circle",
                      "yellow", "シミ", "色素", "メラニン", "色斑", "そばかす", "雀斑", "赤み",
                      "红斑", "黑眼圈", "目のクマ", "目の下のクマ")),
        Family("radiance", "radiance, brightness", "higher", 0.5, "unlisted", None,
               ("radiance", "bright", "luminos", "glow", "明るさ", "明度", "亮度", "光泽", "ツヤ",
                "透明感")),
        Family("puffiness", "puffiness", "lower", 0.5, "unlisted", None,
               ("puff", "eye bag", "むくみ", "浮肿", "眼袋")),
        Family("satisfaction", "satisfaction, perceived age", UNKNOWN, 0.5, "self_report", None,
               ("satisfaction", "perceived age", "perceived_age", "liking", "満足度", "满意度")),
        Family("unlisted", "anything unlisted", UNKNOWN, 0.5, "unlisted", None, ()),
    )
}  # fmt: skip
"""Outcome families, more specific ones first. `r`: 0.6 wrinkles, elasticity and grades, 0.4
contour, 0.5 anything else. CV priors are version 0: few sources, to be re-estimated."""


def family_of(*texts: str) -> Family:
    """The first family that one of its words names, texts searched in the order given.

    >>> family_of("wrinkle depth").id
    'wrinkle_depth'
    >>> family_of("", "something else").id
    'unlisted'
    """
    for text in texts:
        lowered = text.lower()
        for family in FAMILIES.values():
            if any(word in lowered for word in family.words):
                return family
    return FAMILIES["unlisted"]


_GROUPS = {"wrinkle_depth": "wrinkles", "wrinkle_grade": "wrinkles"}


def group_of(family: Family) -> str:
    """Families that speak of one thing measured in different ways share a group.

    >>> group_of(FAMILIES["wrinkle_depth"]) == group_of(FAMILIES["wrinkle_grade"])
    True
    """
    return _GROUPS.get(family.id, family.id)


def drift_of(family: Family, kind: OutcomeKind | Unknown, *, within_24h: bool) -> Drift:
    """What moves this outcome without the product, given how it is read and when.

    >>> depth = FAMILIES["wrinkle_depth"]
    >>> drift_of(depth, "self_report", within_24h=False).key
    'self_report'
    >>> drift_of(depth, "live_expert_grade", within_24h=False).key
    'wrinkle_grade'
    >>> drift_of(depth, "live_expert_grade", within_24h=True).key
    'within_24h'
    """
    if within_24h:
        return DRIFT["within_24h"]
    if kind == "self_report":
        return DRIFT["self_report"]
    if family.drift == "wrinkle_instrument" and kind in (
        "live_expert_grade",
        "photo_blinded_grade",
    ):
        return DRIFT["wrinkle_grade"]
    return DRIFT[family.drift]


def r_of(family: Family, kind: OutcomeKind | Unknown) -> float:
    """The before-after correlation assumed for it: the centre of the family's prior.

    >>> r_of(FAMILIES["pigmentation"], UNKNOWN), r_of(FAMILIES["pigmentation"], "live_expert_grade")
    (0.5, 0.6)
    """
    if kind == "self_report":
        return 0.5
    if kind in ("live_expert_grade", "photo_blinded_grade") and family.id != "contour":
        return 0.6
    return family.r
