"""Optuna's samplers behind lines of JSON: one study a line {"start": {...}}, then {"ask": n} and {"tell": [...]} in turn.
Debian: apt-get install python3-optuna (3.1), run with /usr/bin/python3."""
import json
import sys
import warnings

warnings.filterwarnings("ignore")
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def sampler(method, seed):
    if method == "tpe":
        return optuna.samplers.TPESampler(multivariate=True, constant_liar=True, seed=seed)
    if method == "cma-es":
        return optuna.samplers.CmaEsSampler(seed=seed)
    if method == "nsga2":
        return optuna.samplers.NSGAIISampler(seed=seed)
    raise SystemExit(f"there is no method {method}")


def suggest(trial, counts, categorical):
    return [
        trial.suggest_categorical(f"k{i}", list(range(count))) if unordered else trial.suggest_int(f"k{i}", 0, count - 1)
        for i, (count, unordered) in enumerate(zip(counts, categorical))
    ]


study = setup = None
open_trials = []
for line in sys.stdin:
    message = json.loads(line)
    if "version" in message:
        answer = {"version": optuna.__version__}
    elif "start" in message:
        setup = message["start"]
        directions = ["minimize"] * setup["objectives"]
        study = optuna.create_study(directions=directions, sampler=sampler(setup["method"], setup["seed"]))
        open_trials = []
        answer = {}
    elif "ask" in message:
        open_trials = [study.ask() for _ in range(message["ask"])]
        answer = {"points": [suggest(trial, setup["counts"], setup["categorical"]) for trial in open_trials]}
    else:
        for trial, value in zip(open_trials, message["tell"]):
            study.tell(trial, value)
        answer = {}
    print(json.dumps(answer), flush=True)
