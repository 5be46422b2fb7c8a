"""Checks folds against StratifiedKFold: check_folds.py DEALT FOLDS RANDOM_STATE.

DEALT is float32: the label of each tile, then its fold.
"""

import sys

import numpy
from sklearn.model_selection import StratifiedKFold

labels, dealt = numpy.fromfile(sys.argv[1], "float32").astype(int).reshape(2, -1)
rule = StratifiedKFold(int(sys.argv[2]), shuffle=True, random_state=int(sys.argv[3]))
for fold, (_, test) in enumerate(rule.split(labels, labels)):
    ours = numpy.flatnonzero(dealt == fold)
    assert numpy.array_equal(ours, test), f"fold {fold}: {ours[:9]}, scikit-learn {test[:9]}"
print(f"{labels.size} tiles in {sys.argv[2]} folds: as scikit-learn")
