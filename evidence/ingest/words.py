"""The words of choice columns, and which facts each one states.

One table per list. A word maps to the facts it states by field path; an empty dict is a word that
is understood and states nothing (unclear). Words are compared like headers.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import get_args

from evidence.records import vocabulary as v
from evidence.records.codebook import normalise

Facts = dict[str, str]

_BY_CHANCE = {"design.randomised": "yes", "design.sequence": "stated_only"}
_UNSTATED: dict[str, Facts] = {
    word: {}
    for word in ("unclear", "not stated", "not_reported", "not reported", "unknown", "nr", "na",
                 "n/a", "-", "–", "?", "不明", "記載なし", "未报告", "未说明")
}  # fmt: skip


def _same(path: str, *literals: object) -> dict[str, Facts]:
    """Each word of a vocabulary list, meaning itself."""
    return {word: {path: word} for literal in literals for word in get_args(literal)}


def _method(path: str, literal: object) -> dict[str, Facts]:
    """A way of making the sequence, which says whether it was by chance."""
    chance = {"computer", "table", "coin_dice_lots", "minimisation", "stated_only"}
    return {
        word: {path: word, "design.randomised": "yes" if word in chance else "no"}
        for word in get_args(literal)
    }


_YES = ("yes", "y", "true", "はい", "有", "あり", "是")
_NO = ("no", "n", "false", "いいえ", "無", "なし", "无", "否", "不是")


def _yes_no(path: str, yes: str = "yes", no: str = "no") -> dict[str, Facts]:
    return {word: {path: yes} for word in _YES} | {word: {path: no} for word in _NO}


_DESIGN: dict[str, Facts] = _same("design.kind", v.DesignKind) | {
    "randomised_parallel": {"design.kind": "parallel", **_BY_CHANCE},
    "randomized_parallel": {"design.kind": "parallel", **_BY_CHANCE},
    "parallel rct": {"design.kind": "parallel", **_BY_CHANCE},
    "rct": {"design.kind": "parallel", **_BY_CHANCE},
    "randomised controlled trial": {"design.kind": "parallel", **_BY_CHANCE},
    "ランダム化比較試験": {"design.kind": "parallel", **_BY_CHANCE},
    "無作為化比較試験": {"design.kind": "parallel", **_BY_CHANCE},
    "随机对照试验": {"design.kind": "parallel", **_BY_CHANCE},
    "randomized controlled trial": {"design.kind": "parallel", **_BY_CHANCE},
    "並行群間": {"design.kind": "parallel"},
    "並行群間比較": {"design.kind": "parallel"},
    "平行": {"design.kind": "parallel"},
    "randomised_split_face": {"design.kind": "within_person", **_BY_CHANCE},
    "randomised_split_body": {"design.kind": "within_person", **_BY_CHANCE},
    "randomised_incomplete_block_split_face": {
        "design.kind": "within_person", **_BY_CHANCE, "row.incomplete_block": "yes",
    },
    "split-face": {"design.kind": "within_person"},
    "split-body": {"design.kind": "within_person"},
    "half-face": {"design.kind": "within_person"},
    "intra-individual": {"design.kind": "within_person"},
    "ハーフフェイス": {"design.kind": "within_person"},
    "左右顔面比較": {"design.kind": "within_person"},
    "半脸": {"design.kind": "within_person"},
    "半脸对照": {"design.kind": "within_person"},
    "半面": {"design.kind": "within_person"},
    "cross-over": {"design.kind": "crossover"},
    "クロスオーバー": {"design.kind": "crossover"},
    "交叉": {"design.kind": "crossover"},
    "cluster randomised": {"design.kind": "cluster", **_BY_CHANCE},
    "controlled_unclear_allocation": {"design.kind": "parallel"},
    "nonrandomised": {"design.kind": "nonrandomised_controlled"},
    "nonrandomized_controlled": {"design.kind": "nonrandomised_controlled"},
    "single-arm": {"design.kind": "single_arm_prepost"},
    "single_arm_pre_post": {"design.kind": "single_arm_prepost"},
    "pre-post": {"design.kind": "single_arm_prepost"},
    "before-after": {"design.kind": "single_arm_prepost"},
    "open-label single arm": {"design.kind": "single_arm_prepost"},
    "単群": {"design.kind": "single_arm_prepost"},
    "前後比較": {"design.kind": "single_arm_prepost"},
    "单臂": {"design.kind": "single_arm_prepost"},
    "自身前后对照": {"design.kind": "single_arm_prepost"},
    "observational": {"design.kind": "exposure"},
    "cohort": {"design.kind": "exposure"},
    "cross-sectional": {"design.kind": "exposure"},
    "pooled_analysis_of_controlled_studies": {
        "design.kind": "parallel", "design.pooled_analysis": "yes",
    },
    "questionnaire": {"design.kind": "survey"},
    "consumer survey": {"design.kind": "survey"},
    "cell culture": {"design.kind": "in_vitro"},
}  # fmt: skip

WORDS: dict[str, dict[str, Facts]] = {
    "design": _DESIGN,
    "randomised": _method("design.sequence", v.SequenceMethod)
    | {word: dict(_BY_CHANCE) for word in _YES}
    | {word: {"design.randomised": "no"} for word in _NO}
    | {word: dict(_BY_CHANCE) for word in ("ランダム化", "無作為化", "随机")},
    "concealed": _same("design.concealment", v.ConcealmentMethod)
    | {"no": {"design.concealment": "open"}},
    "blinding": {
        "double": {"design.blinding.participant": "yes", "design.blinding.assessor": "yes"},
        "triple": {"design.blinding.participant": "yes", "design.blinding.assessor": "yes",
                   "design.blinding.analyst": "yes"},
        "single": {"design.blinding.participant": "yes"},
        "participants": {"design.blinding.participant": "yes"},
        "evaluator": {"design.blinding.assessor": "yes"},
        "assessor": {"design.blinding.assessor": "yes"},
        "none": {"design.blinding.participant": "no", "design.blinding.assessor": "no"},
        "open": {"design.blinding.participant": "no", "design.blinding.assessor": "no"},
        "open-label": {"design.blinding.participant": "no", "design.blinding.assessor": "no"},
        **{word: {"design.blinding.participant": "yes", "design.blinding.assessor": "yes"}
           for word in ("二重盲検", "双盲")},
        **{word: {"design.blinding.participant": "yes"} for word in ("単盲検", "单盲")},
        **{word: {"design.blinding.assessor": "yes"} for word in ("評価者盲検", "评估者盲")},
        **{word: {"design.blinding.participant": "no", "design.blinding.assessor": "no"}
           for word in ("非盲検", "オープンラベル", "开放标签", "非盲")},
    },
    "comparator": _same("design.comparator", v.Comparator) | {
        "none": {"design.comparator": "baseline_only"},
        "baseline": {"design.comparator": "baseline_only"},
        "no treatment": {"design.comparator": "untreated"},
        "control cream without active": {"design.comparator": "vehicle"},
        "base": {"design.comparator": "vehicle"},
        "プラセボ": {"design.comparator": "placebo"},
        "基剤": {"design.comparator": "vehicle"},
        "賦形剤": {"design.comparator": "vehicle"},
        "無塗布": {"design.comparator": "untreated"},
        "無処置": {"design.comparator": "untreated"},
        "ベースライン": {"design.comparator": "baseline_only"},
        "基线": {"design.comparator": "baseline_only"},
        "安慰剂": {"design.comparator": "placebo"},
        "基质": {"design.comparator": "vehicle"},
        "赋形剂": {"design.comparator": "vehicle"},
        "空白": {"design.comparator": "untreated"},
    },
    "kind": _same("outcome.kind", v.OutcomeKind) | {
        "device": {"outcome.kind": "instrument"},
        "expert": {"outcome.kind": "live_expert_grade"},
        "self-assessment": {"outcome.kind": "self_report"},
        "self": {"outcome.kind": "self_report"},
        **{word: {"outcome.kind": "instrument"} for word in ("機器", "器機", "仪器")},
        **{word: {"outcome.kind": "live_expert_grade"} for word in ("専門家", "専門医", "专家")},
        **{word: {"outcome.kind": "self_report"} for word in ("自己評価", "自评")},
    },
    "better": _same("outcome.better", v.Better) | {
        "lower is better": {"outcome.better": "lower"},
        "higher is better": {"outcome.better": "higher"},
        "low": {"outcome.better": "lower"}, "down": {"outcome.better": "lower"},
        "decrease": {"outcome.better": "lower"}, "↓": {"outcome.better": "lower"},
        "high": {"outcome.better": "higher"}, "up": {"outcome.better": "higher"},
        "increase": {"outcome.better": "higher"}, "↑": {"outcome.better": "higher"},
        "低い": {"outcome.better": "lower"}, "高い": {"outcome.better": "higher"},
        "低": {"outcome.better": "lower"}, "高": {"outcome.better": "higher"},
        **{word: {"outcome.better": "lower"} for word in
           ("減少", "低下", "减少", "降低", "下降", "越低越好")},
        **{word: {"outcome.better": "higher"} for word in
           ("増加", "上昇", "增加", "升高", "上升", "越高越好")},
    },
    "statistic": _same("outcome.statistic", v.Statistic) | {
        "平均": {"outcome.statistic": "mean"}, "平均値": {"outcome.statistic": "mean"},
        "均值": {"outcome.statistic": "mean"}, "平均值": {"outcome.statistic": "mean"},
        "中央値": {"outcome.statistic": "median"}, "中位数": {"outcome.statistic": "median"},
    },
    "dispersion": {
        "none": {}, "sd": {"row.dispersion": "sd"}, "se": {"row.dispersion": "se"},
        "sem": {"row.dispersion": "se"}, "se_converted": {"row.dispersion": "se_converted"},
        "ci_per_arm": {"row.dispersion": "ci"}, "ci": {"row.dispersion": "ci"},
        "標準偏差": {"row.dispersion": "sd"}, "标准差": {"row.dispersion": "sd"},
        "標準誤差": {"row.dispersion": "se"}, "标准误": {"row.dispersion": "se"},
        "信頼区間": {"row.dispersion": "ci"}, "置信区间": {"row.dispersion": "ci"},
    },
    "source_kind": _same("study.source_kind", v.SourceKind),
    "funding": _same("study.interest.funding", v.Funding),
    "registered": _same("reporting.registered", v.Registration) | {
        "yes": {"row.registered": "yes"},
        "retrospective_registration": {"reporting.registered": "no"},
        "retrospective": {"reporting.registered": "no"},
        **{word: {"row.registered": "yes"} for word in ("はい", "あり", "有", "是")},
        **{word: {"reporting.registered": "no"} for word in ("いいえ", "なし", "無", "无", "否")},
        "主要": {"reporting.registered": "primary"}, "副次": {"reporting.registered": "secondary"},
        "次要": {"reporting.registered": "secondary"},
    },
    "p_operator": _same("row.p_operator", v.POperator),
    "p_kind": _same("row.p_kind", v.PKind) | {
        "within_arm_change": {"row.p_kind": "within_arm"},
        "between_arm_posthoc_subset": {"row.p_kind": "between_arm", "row.posthoc": "yes"},
        "between": {"row.p_kind": "between_arm"}, "within": {"row.p_kind": "within_arm"},
        "群間": {"row.p_kind": "between_arm"}, "组间": {"row.p_kind": "between_arm"},
        "群内": {"row.p_kind": "within_arm"}, "组内": {"row.p_kind": "within_arm"},
    },
    "role": {
        **{word: {"row.role": "treated"} for word in
           ("product", "treated", "treatment", "intervention", "experimental", "active", "test",
            "t", "arm1", "試験群", "試験品", "介入群", "试验组", "干预组", "实验组", "产品")},
        **{word: {"row.role": "control"} for word in
           ("comparator", "control", "vehicle", "placebo", "untreated", "c", "arm2", "対照群",
            "対照", "対照品", "プラセボ", "对照组", "对照", "安慰剂", "base", "untreated side")},
    },
    "blind": {word: {"": word} for word in get_args(v.Blind)} | _yes_no(""),
    "yesno": _yes_no(""),
    "claim_type": _same("claim.type", v.ClaimType),
    "claim_design": {"no": {}, **{word: {"claim.design": facts["design.kind"]}
                                  for word, facts in _DESIGN.items()}},
    "claim_comparator": {"no": {}, "none": {}, **_same("claim.comparator", v.Comparator)},
}  # fmt: skip
"""Lists by name; the path "" stands for the column's own target."""

_NORMAL = {
    name: {normalise(word): facts for word, facts in (words | _UNSTATED).items()}
    for name, words in WORDS.items()
}
_SYMBOLS = {"p_operator": {**WORDS["p_operator"], "≤": {"row.p_operator": "<="}},
            "better": WORDS["better"]}  # fmt: skip


def facts_of(name: str, word: str) -> Facts | None:
    """The facts that a word of the list `name` states; None when the list does not know it.

    >>> facts_of("blinding", "Evaluator")
    {'design.blinding.assessor': 'yes'}
    >>> facts_of("comparator", "vehikel") is None
    True
    """
    exact = _SYMBOLS.get(name, {}).get(word.strip())
    return exact if exact is not None else _NORMAL[name].get(normalise(word))


def near_word(name: str, word: str) -> str:
    """The word of the list that looks most like this one, or nothing.

    >>> near_word("comparator", "vehicel"), near_word("comparator", "xyz")
    ('vehicle', '')
    """
    near = get_close_matches(word.strip().lower(), list(WORDS[name]), n=1, cutoff=0.6)
    return near[0] if near else ""


def words_of(name: str) -> tuple[str, ...]:
    """The words of a list that name a fact in English, for messages and drop-downs.

    >>> words_of("blinding")
    ('double', 'triple', 'single', 'participants', 'evaluator', 'assessor', 'none', 'open',
     'open-label')
    """
    return tuple(word for word, facts in WORDS[name].items() if word.isascii() and facts)
