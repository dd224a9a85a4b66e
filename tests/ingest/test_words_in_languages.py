"""Tables filled in Japanese or Chinese: outcomes and choices are read as their English words."""

from __future__ import annotations

import pytest

from evidence.ingest.read import read
from evidence.ingest.words import facts_of
from evidence.records.families import family_of

NAMED = {
    "tewl": ("経皮水分蒸散量", "经皮失水", "经皮水分流失量"),
    "hydration": ("水分量", "角層水分量", "保湿", "含水量"),
    "contour": ("たるみ", "面部轮廓", "フェイスライン"),
    "collagen": ("コラーゲン", "胶原蛋白", "弹性纤维", "真皮密度"),
    "elasticity": ("ハリ", "弾力", "皮肤弹性", "紧致度"),
    "wrinkle_grade": ("小じわ", "细纹", "皱纹分级"),
    "wrinkle_depth": ("しわの深さ", "シワの深さ", "皱纹深度", "粗糙度"),
    "wrinkles": ("しわ", "シワ", "目尻のしわ", "皱纹", "鱼尾纹"),
    "pigmentation": ("シミ", "色素沈着", "色素沉着", "メラニン"),
    "radiance": ("肌の明るさ", "亮度", "光泽"),
    "puffiness": ("むくみ", "眼袋"),
    "satisfaction": ("満足度", "满意度"),
}
"""Outcomes as Japanese and Chinese tables call them."""


@pytest.mark.parametrize(
    ("family", "name"), [(family, name) for family, names in NAMED.items() for name in names]
)
def test_an_outcome_is_known_by_its_japanese_and_chinese_name(family, name):
    assert family_of(name).id == family


@pytest.mark.parametrize("name", ["バリア機能", "くすみ", "松弛", "滑らかさ", "きめ"])
def test_a_name_whose_good_side_is_not_its_familys_stays_unlisted(name):
    assert family_of(name).id == "unlisted"


STATED = [
    ("comparator", "基剤", "design.comparator", "vehicle"),
    ("comparator", "赋形剂", "design.comparator", "vehicle"),
    ("comparator", "プラセボ", "design.comparator", "placebo"),
    ("comparator", "安慰剂", "design.comparator", "placebo"),
    ("comparator", "無処置", "design.comparator", "untreated"),
    ("better", "減少", "outcome.better", "lower"),
    ("better", "降低", "outcome.better", "lower"),
    ("better", "増加", "outcome.better", "higher"),
    ("better", "升高", "outcome.better", "higher"),
    ("yesno", "はい", "", "yes"),
    ("yesno", "是", "", "yes"),
    ("yesno", "いいえ", "", "no"),
    ("yesno", "否", "", "no"),
    ("kind", "機器", "outcome.kind", "instrument"),
    ("kind", "仪器", "outcome.kind", "instrument"),
    ("kind", "自己評価", "outcome.kind", "self_report"),
    ("kind", "专家", "outcome.kind", "live_expert_grade"),
    ("design", "左右顔面比較", "design.kind", "within_person"),
    ("design", "随机对照试验", "design.randomised", "yes"),
    ("randomised", "无", "design.randomised", "no"),
    ("randomised", "無作為化", "design.randomised", "yes"),
    ("blinding", "二重盲検", "design.blinding.assessor", "yes"),
    ("blinding", "开放标签", "design.blinding.participant", "no"),
    ("statistic", "中央値", "outcome.statistic", "median"),
    ("dispersion", "标准误", "row.dispersion", "se"),
    ("registered", "主要", "reporting.registered", "primary"),
    ("p_kind", "群間", "row.p_kind", "between_arm"),
]


@pytest.mark.parametrize(("name", "word", "path", "fact"), STATED)
def test_a_choice_may_be_a_japanese_or_chinese_word(name, word, path, fact):
    assert facts_of(name, word)[path] == fact


@pytest.mark.parametrize(
    "row",
    [
        "しわの深さ,並行群間,基剤,二重盲検,機器,減少,µm",
        "皱纹深度,平行,赋形剂,双盲,仪器,降低,µm",
    ],
)
def test_a_row_in_japanese_or_chinese_is_the_row_in_english(tmp_path, row):
    head = "study,outcome,design,comparator,blinding,kind,direction,unit,n_t,mean_t,sd_t"
    path = tmp_path / "a.csv"
    path.write_text(f"{head}\nA,{row},40,60.2,12.5\n", encoding="utf-8")
    (outcome,) = read(path)[0].outcomes
    assert (outcome.family, outcome.kind, outcome.better) == (
        "wrinkle_depth",
        "instrument",
        "lower",
    )
    assert (outcome.design.kind, outcome.design.comparator) == ("parallel", "vehicle")
    assert outcome.design.blinding.assessor == "yes"
