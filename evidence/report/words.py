"""Words of the page itself, in each language: whole sentences with named places."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.errors import OptionError

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "skip": "Skip to the content",
        "contents": "Contents",
        "theme": "Light or dark",
        "open_all": "Open all details",
        "close_all": "Close all details",
        "data_behind": "The numbers in this figure",
        "filter": "Search in this table",
        "all": "All",
        "shown": "{shown} of {all} rows",
        "sort": "Sort by {column}",
        "download": "Download {name}",
        "verdict": "Verdict",
        "warning": "Warning",
        "note": "Note",
        "to_top": "Back to the top",
        "made_by": "Made by {program}",
        "attached": "Attached to this file",
        "elsewhere": "{name} is inside this report as HTML or JSON",
        "positive": "good",
        "caution": "caution",
        "negative": "bad",
        "neutral": "neutral",
        "unknown": "unknown",
    },
    "ja": {
        "skip": "本文へ移動",
        "contents": "目次",
        "theme": "明暗の切り替え",
        "open_all": "詳細をすべて開く",
        "close_all": "詳細をすべて閉じる",
        "data_behind": "この図の数値",
        "filter": "この表の中を検索",
        "all": "すべて",
        "shown": "{all} 行中 {shown} 行を表示",
        "sort": "{column} で並べ替え",
        "download": "{name} をダウンロード",
        "verdict": "判定",
        "warning": "警告",
        "note": "注記",
        "to_top": "先頭へ戻る",
        "made_by": "作成: {program}",
        "attached": "このファイルに添付",
        "elsewhere": "{name} は、この報告の HTML 版または JSON 版に含まれています",
        "positive": "良好",
        "caution": "注意",
        "negative": "不良",
        "neutral": "中立",
        "unknown": "不明",
    },
    "zh": {
        "skip": "跳到正文",
        "contents": "目录",
        "theme": "切换明暗",
        "open_all": "展开全部详情",
        "close_all": "收起全部详情",
        "data_behind": "本图的数值",
        "filter": "在此表中搜索",
        "all": "全部",
        "shown": "显示 {all} 行中的 {shown} 行",
        "sort": "按 {column} 排序",
        "download": "下载 {name}",
        "verdict": "结论",
        "warning": "警告",
        "note": "说明",
        "to_top": "返回顶部",
        "made_by": "由 {program} 生成",
        "attached": "附于本文件",
        "elsewhere": "{name} 包含在本报告的 HTML 或 JSON 版本中",
        "positive": "良好",
        "caution": "注意",
        "negative": "不良",
        "neutral": "中性",
        "unknown": "未知",
    },
}

SIGNS = {"positive": "✓", "caution": "!", "negative": "✕", "neutral": "•", "unknown": "?"}
"""What stands before a badge, so that its kind does not hang on colour."""


def words_for(lang: str) -> Mapping[str, str]:
    """The words of a language; a region is not looked at.

    >>> words_for("zh-Hans")["contents"]
    '目录'
    """
    found = WORDS.get(lang.split("-")[0].lower())
    if found is None:
        raise OptionError("lang", lang, WORDS)
    return found
