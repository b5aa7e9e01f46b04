"""The whole script: the same for everybody, from one seed."""

from random import Random

from .applying import applying
from .deleting import deleting
from .lives import lives
from .odd import odd
from .requests import Case
from .wrong import wrong

_SEED = 135


def script() -> list[Case]:
    random = Random(_SEED)
    return [*lives(random), *wrong(random), *applying(), *deleting(), *odd()]
