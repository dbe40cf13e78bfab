"""Captures iou.json: the scores that cityscapesScripts gives to made-up predictions.

Run: python3 src/goldens/capture_iou.py > src/goldens/iou.json   (cityscapesScripts 2.3.0, numpy, Pillow)
"""
import base64
import importlib.metadata
import json
import tempfile
from pathlib import Path

import numpy as np
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluation
from cityscapesscripts.helpers.labels import labels
from PIL import Image

SIZE = (24, 32)
rng = np.random.default_rng(7)
train_ids = {label.id: label.trainId for label in labels if label.id >= 0}
ids = np.array([label.id for label in labels if 0 <= label.trainId < 19 and label.name not in ("train", "bus")])

evaluation.args.evalInstLevelScore = False
evaluation.args.JSONOutput = False
evaluation.args.quiet = True
evaluation.args.evalLabels = [label.id for label in labels if label.id >= 0]

pairs = []
with tempfile.TemporaryDirectory() as folder:
    names = {"truth": [], "prediction": []}
    for i in range(3):
        blocks = rng.choice([*ids, 0, 3, 29], (SIZE[0] // 4, SIZE[1] // 4))
        truth = np.kron(blocks, np.ones((4, 4))).astype(np.uint8)
        prediction = np.where(rng.random(SIZE) < 0.6, truth, rng.choice(ids, SIZE)).astype(np.uint8)
        ignored = np.vectorize(train_ids.get)(prediction) == 255
        prediction[ignored] = rng.choice([*ids, 28], int(ignored.sum()))
        for kind, image in (("truth", truth), ("prediction", prediction)):
            name = str(Path(folder) / f"{kind}{i}.png")
            Image.fromarray(image).save(name)
            names[kind].append(name)
        pairs.append({"truth": base64.b64encode(truth).decode(), "prediction": base64.b64encode(prediction).decode()})
    result = evaluation.evaluateImgLists(names["prediction"], names["truth"], evaluation.args)

evaluated = [label for label in labels if 0 <= label.trainId < 19]
scores = [result["classScores"][label.name] for label in evaluated]
print(json.dumps({
    "cityscapesScripts": importlib.metadata.version("cityscapesscripts"),
    "trainIds": [[id, train_id] for id, train_id in train_ids.items()],
    "pairs": pairs,
    "iou": [None if np.isnan(score) else score for score in scores],
    "meanIou": float(result["averageScoreClasses"]),
}))
