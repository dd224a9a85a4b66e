"""The markets whose rules are known, apart from the rules so that a command starts at once."""

from __future__ import annotations

from typing import Literal, get_args

Market = Literal["eu", "us", "uk", "jp", "cn", "ca"]
MARKETS: tuple[Market, ...] = get_args(Market)
