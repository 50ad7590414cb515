"""Writes suite-values.json: values of the suite's problems by its own Python, at points that a small generator draws.
python3 export-suite.py FOLDER_OF_SUITE_PY > suite-values.json    (needs numpy)"""
import json
import sys

sys.path.insert(0, sys.argv[1])
import numpy
import suite

NAMES = ["comp8_s5", "comp12_s1", "comp24_s2", "comp16_s7", "mis12_s1", "mis20_s3", "lut20k5_s1"]
NAMES += [f"{name}_n64" for name in suite.FUN]


def points(counts, how_many):
    state = 1
    for _ in range(how_many):
        point = []
        for count in counts:
            state = (1664525 * state + 1013904223) % 2**32
            point.append(state * count // 2**32)
        yield point


def values(name):
    problem = suite.make(name)
    drawn = list(points(problem.n, 6))
    out = {"name": name, "points": drawn, "objective": [float(problem.f(x)) for x in drawn]}
    if hasattr(problem, "raw"):
        out["costs"] = [[float(v) for v in problem.raw(x)] for x in drawn]
        out["limits"] = [float(problem.latL), float(problem.sizL)]
        out["pairs"] = [[float(v) for v in problem.biobj(x)] for x in drawn]
    return out


random = numpy.random.default_rng(12345)
normals = [float(v) for v in numpy.random.default_rng(7).standard_normal(20000)]
stream = {
    "mixed": [float(random.random()), int(random.integers(36)), int(random.integers(36)), float(random.normal(0, 0.6)), int(random.integers(7)), float(random.uniform(-1, 0.3))],
    "normals": normals[:8],
    "sum": sum(normals),
    "largest": max(normals, key=abs),
}
json.dump({"stream": stream, "problems": [values(name) for name in NAMES]}, sys.stdout)
print()
