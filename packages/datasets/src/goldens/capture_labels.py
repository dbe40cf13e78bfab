"""Captures labels.json: the label table of cityscapesScripts.

Run: python3 src/goldens/capture_labels.py > src/goldens/labels.json   (cityscapesScripts 2.3.0)
"""
import json

from cityscapesscripts.helpers.labels import labels

print(json.dumps([[label.id, label.trainId, label.name, label.color] for label in labels]))
