"""Ways to a point without an answer, each tried on the grader: none may get one.

python tests/grade_attacks.py [--no-fence] [WORD ...]     those with a word in their names; what each should get and got

`SOURCES` are answers to 02.2, which run in a room of their own, `BESIDE` answers to 02.3, which the judge runs in its
own process. What is in a folder beside its answers is attacked in tests/test_grading.py.
"""

import sys
import tempfile
import time
from pathlib import Path

from dc_lab.course import work
from dc_lab.course.exercises import find
from dc_lab.course.grading import answers, fence, learner
from dc_lab.course.grading.remote import PACKAGE

REFERENCE = PACKAGE / "course/lessons/lesson_02/ex_2_magnitude_mask.py"
HEAD = "def magnitude_mask(weights, density):\n"


def body(text):
    return HEAD + "".join(f"    {line}\n" for line in text.strip().splitlines())


RUN_TEXT = """
    import re
    start = text.index('def magnitude_mask')
    space = {'np': __import__('numpy')}
    exec(text[start:re.search(r'\\n\\n\\n', text[start:]).start() + start], space)
    return space['magnitude_mask'](weights, density)
"""
"""What whoever has the text of the reference does with it."""

SOURCES = {
    "frames": body("""
import sys
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()):
        if type(value).__name__ == 'Outcome': return value.value
    frame = frame.f_back
"""),
    "gc": body("""
import gc, types
for each in gc.get_objects():
    if isinstance(each, types.FunctionType) and each.__name__ == 'magnitude_mask' and each is not magnitude_mask:
        return each(weights, density)
"""),
    "modules": body("""
import sys
return sys.modules['dc_lab.course.exercises'].find('02.2').reference(weights, density)
"""),
    "import": body("""
import importlib
return importlib.import_module('dc_lab.course.' + 'exercises').find('02.2').reference(weights, density)
"""),
    "without the finder": body("""
import sys
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__name__ != 'Closed']
from importlib import import_module
return import_module('dc_lab.prun' + 'ing').magnitude_mask(weights, density)
"""),
    "without the finder, the course": body("""
import sys
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__name__ != 'Closed']
from importlib import import_module
return import_module('dc_lab.course.exercises').find('02.2').reference(weights, density)
"""),
    "reads the source": body(f"text = open({str(REFERENCE)!r}).read()") + RUN_TEXT,
    "reads by bytes and detour": body(
        f"import os\nfd = os.open(os.fsencode('/proc/self/cwd/../..' + {str(REFERENCE)!r}), 0)\n"
        "text = os.read(fd, 100000).decode()"
    )
    + RUN_TEXT,
    "a loader": body(f"""
from importlib.machinery import SourceFileLoader
return SourceFileLoader('found', {str(REFERENCE)!r}).load_module().magnitude_mask(weights, density)
"""),
    "a program": body(f"import subprocess\ntext = subprocess.check_output(['cat', {str(REFERENCE)!r}], text=True)")
    + RUN_TEXT,
    "a program, by the C function": body(f"""
import os, _posixsubprocess as p
r, w = os.pipe(); a, b = os.pipe()
p.fork_exec([b'/bin/cat', {str(REFERENCE)!r}.encode()], [b'/bin/cat'], True, (b,), None, None,
    -1, -1, -1, w, -1, -1, a, b, True, False, 0, None, None, None, -1, None, False)
os.close(w); text = ''
while (more := os.read(r, 65536)): text += more.decode()
""")
    + RUN_TEXT,
    "a link": body(f"import os\nos.symlink({str(REFERENCE)!r}, 'here')\ntext = open('here').read()") + RUN_TEXT,
    "torch reads a file": body(f"""
import torch
size = {REFERENCE.stat().st_size}
storage = torch.UntypedStorage.from_file({str(REFERENCE)!r}, False, size)
text = bytes(storage.tolist()).decode()
""")
    + RUN_TEXT,
    "ctypes": body(f"""
import ctypes
libc = ctypes.CDLL(None)
buffer = ctypes.create_string_buffer(100000)
libc.read(libc.open({str(REFERENCE)!r}.encode(), 0), buffer, 100000)
text = buffer.value.decode()
""")
    + RUN_TEXT,
    "ctypes through numpy": body("""
import numpy as np
c = np.ctypeslib.ctypes
f = c.pythonapi.PyRun_SimpleString
f(b"open('/tmp/left', 'w')")
return weights > 0
"""),
    "atexit": "import atexit, os\natexit.register(lambda: [os.write(n, b'correct') for n in range(3, 9)])\n"
    + body("return weights > 0"),
    "a thread answers first": "import json, os, struct, threading, time\n"
    + body("""
def forge():
    head = json.dumps({'message': {'raised': None, 'status': 'correct', 'values': [True, [], [], [0, 0]]},
        'sizes': []}).encode()
    for n in range(3, 12):
        try: os.write(n, struct.pack('<QQ', len(head), len(head)) + head)
        except OSError: pass
threading.Thread(target=forge).start()
time.sleep(0.2)
return weights > 0
"""),
    "equal to all": "class Yes:\n    __eq__ = lambda self, other: True\n    __bool__ = lambda self: True\n"
    "    shape, dtype, __array__ = (), bool, lambda self, *a, **k: True\n" + body("return Yes()"),
    "equal to all, as an array": "import numpy as np\nclass Yes(np.ndarray):\n    __eq__ = lambda self, other: True\n"
    "    __array_function__ = lambda *a, **k: True\n" + body("return np.asarray(weights > 0).view(Yes)"),
    "equal to all, as a float": "class Yes(float):\n    __eq__ = lambda self, other: True\n" + body("return Yes(1)"),
    "patched numpy": "import numpy as np\nnp.array_equal = np.allclose = np.isclose = lambda *a, **k: True\n"
    "np.ndarray.__eq__ = lambda *a: True\n" + body("return weights > 0"),
    "patched numpy, functions only": "import numpy as np\nnp.array_equal = np.allclose = np.isclose = "
    "lambda *a, **k: np.True_\n" + body("return weights > 0"),
    "patched builtins": "import builtins\nbuiltins.all = builtins.any = builtins.len = lambda *a: True\n"
    + body("return weights > 0"),
    "a pickle": "import os\nclass P:\n    def __reduce__(self): return os.system, ('touch /tmp/left',)\n"
    + body("import numpy as np\nreturn np.array([P()], object)"),
    "a huge array": body("import numpy as np\nreturn np.ones(1 << 30, bool)"),
    "a huge text": body("return 'x' * (1 << 28)"),
    "a list in a list, without end": body("found = []\nfor _ in range(100000): found = [found]\nreturn found"),
    "a list in itself": body("found = []\nfound.append(found)\nreturn found"),
    "prints without end": body("import sys\nfor _ in range(10 ** 6): print('x' * 1000)\nreturn weights > 0"),
    "deep recursion": "import sys\nsys.setrecursionlimit(10 ** 9)\n"
    + body("f = lambda: f()\nreturn magnitude_mask(weights, density)"),
    "forks": body("import os\nwhile True: os.fork()"),
    "threads without end": body(
        "import threading\nwhile True: threading.Thread(target=threading.Event().wait).start()"
    ),
    "kills its parent": body("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nreturn weights > 0"),
    "writes outside": body("import os\nopen('/tmp/left', 'w').write('x')\nreturn weights > 0"),
    "numpy writes outside": body("import numpy as np\nnp.savez('/tmp/left', a=1)\nweights.tofile('/tmp/left')"),
    "exits well": body("import sys\nsys.exit(0)"),
    "ends the process": body("import os\nos._exit(0)"),
    "raises what is not an Exception": "class E(BaseException): pass\n" + body("raise E('correct')"),
    "raises words for pages": body("raise ValueError('<script>alert(1)</script>\\x1b[2J\\x1b]0;owned\\x07=1+1')"),
    "the answer is a text": "magnitude_mask = 'correct'\n",
    "memory beyond bounds": body("""
import numpy as np
far = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), (1 << 40,), (1,))
return far[:weights.size].astype(bool).reshape(weights.shape) | (far[1 << 39] > 0)
"""),
}

TRAINS = "def train_masked(model, masks, batches, lr=1e-3):\n"


def training(text, before=""):
    return before + TRAINS + "".join(f"    {line}\n" for line in text.strip().splitlines())


PATCH = """
judge = found['__buil' + 'tins__']['__imp' + 'ort__']('dc_lab.course.judge', fromlist=['x'])
judge._problem = lambda *given: None
"""
BESIDE = {
    "names put together": training(
        "found = operator.attrgetter('forward.__fun' + 'c__.__glo' + 'bals__')(model)" + PATCH, "import operator\n"
    ),
    "a formatter": training(
        "f = string.Formatter().get_field('0.forward.__fun' + 'c__.__glo' + 'bals__', (model,), {})\nfound = f[0]"
        + PATCH,
        "import string\n",
    ),
    "members": training(
        "found = dict(dataclasses.inspect.getmembers(model.forward))['__fun' + 'c__']\n"
        "found = dict(dataclasses.inspect.getmembers(found))['__glo' + 'bals__']" + PATCH,
        "import dataclasses\n",
    ),
    "a frame": training(
        "i = dataclasses.inspect\nfor each in i.stack():\n    found = dict(i.getmembers(each[0]))['f_glo' + 'bals']"
        + PATCH.replace("\n", "\n    "),
        "import dataclasses\n",
    ),
    "an annotation that is run": training(
        "class C:\n    x: '__imp' 'ort__(\"dc_lab.course.judge\", fromlist=[1])'\n"
        "judge = typing.get_type_hints(C, {'__buil' + 'tins__': {}})['x']\njudge._problem = lambda *given: None",
        "import typing\n",
    ),
    "torch's own inspect": training(
        "found = dict(torch.nn.modules.module.inspect.getmembers(model.forward))['__fun' + 'c__']\n"
        "found = dict(torch.nn.modules.module.inspect.getmembers(found))['__glo' + 'bals__']" + PATCH,
        "import torch\n",
    ),
    "patched torch": training(
        "for images, labels in batches: torch.nn.functional.cross_entropy(model(images), labels).backward()\n"
        "T = torch.Tensor\nT.__eq__ = T.__ne__ = lambda *a: torch.ones(1)\ntorch.equal = lambda *a: True",
        "import torch\n",
    ),
    "patched torch, put back": training(
        "for images, labels in batches: pass\nT = torch.Tensor\nT.ne = T.any = T.all = lambda *a, **k: False",
        "import torch\n",
    ),
    "does nothing": training("for images, labels in batches: pass\nreturn None"),
    "calls the course": training("import dc_lab\nm = dc_lab.pruning\nreturn m.train_masked(model, masks, batches, lr)"),
    "a module of torch reads a file": training(
        f"text = bytes(torch.UntypedStorage.from_file({str(PACKAGE / 'pruning.py')!r}, False, 3000).tolist())\n"
        "raise ValueError(text.decode()[:99])",
        "import torch\n",
    ),
    "text that is compiled": training(
        "f = torch.jit.script\nn = collections.namedtuple('n', 'a', module='x')\nfound = n.__new__.__globals__" + PATCH,
        "import torch, collections\n",
    ),
}


def got(exercise_id, source, folder):
    exercise = find(exercise_id)
    task = learner.Task(folder.path, "attack", (exercise_id[:2],), 7, memory=2 << 30)
    return learner.verdict(exercise, answers.Answer(exercise.name, source, source), task, folder)


def main(words):
    """A row for each; 1 where one got a point or left a file."""
    if "--no-fence" in words:
        words = [word for word in words if word != "--no-fence"]
        fence.kind = lambda: "none"
    good, left = True, Path("/tmp/left")
    print(f"fence: {fence.kind()}\n\n| attack | should get | got | said | seconds |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = work.Folder(Path(name))
        for exercise_id, sources in (("02.2", SOURCES), ("02.3", BESIDE)):
            for attack, source in sources.items():
                if words and not any(word in attack for word in words):
                    continue
                began = time.perf_counter()
                found = got(exercise_id, source, folder)
                fine = found.status != "correct" and not left.exists()
                good &= fine
                left.unlink(missing_ok=True)
                said = " ".join(found.text.split())
                said = said[said.find("not right yet") + 15 :][:90].replace("|", "/")
                point = int(found.status == "correct")
                took = time.perf_counter() - began
                print(f"| {attack} | 0 | {point}{'' if fine else ' PASSES'} | {said} | {took:.1f} |", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
