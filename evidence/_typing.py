"""Names for the arrays that the kernels take and give."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
"""Floats of shape (k,)."""

Matrix: TypeAlias = NDArray[np.float64]
"""Floats of shape (k, p)."""
