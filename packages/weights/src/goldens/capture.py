"""Captures this folder's files: checkpoints really saved by torch and safetensors, and what those libraries read back.

Run: python capture.py   (needs torch, numpy, safetensors; the versions used are recorded in expected.json)
The oldest form (tar) has no writer in current torch; it is built here after torch's own reader of it, and read back by that
reader (torch.load with weights_only=False), as is the big-endian archive.
"""
import base64
import io
import json
import os
import pickle
import struct
import sys
import tarfile
import warnings
import zipfile
from collections import OrderedDict

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
warnings.filterwarnings("ignore")
torch.manual_seed(0)
DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}
expected = {"versions": {"python": sys.version.split()[0], "torch": torch.__version__, "safetensors": safetensors.__version__}, "files": {}}


def record(tensor):
    tensor = tensor.detach().contiguous()
    raw = tensor.reshape(-1).view(torch.uint8) if tensor.numel() else tensor.reshape(-1)
    return {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape), "base64": base64.b64encode(bytes(raw.tolist())).decode(),
            "floats": [str(v) for v in tensor.reshape(-1).float().tolist()]}


def tensors_of(value):
    return {k: record(v) for k, v in value.items() if isinstance(v, torch.Tensor)}


def expect(name, tensors):
    expected["files"][name] = tensors_of(tensors)


def dtypes():
    x = torch.tensor([[0.0, -1.5, 2.0 ** -9], [65504.0, float("inf"), float("nan")]])
    out = OrderedDict((n, x.to(d)) for d, n in DTYPES.items() if d.is_floating_point)
    for d, n in DTYPES.items():
        if not d.is_floating_point:
            out[n] = torch.tensor([1, 0, 1]).to(d) if d == torch.bool else torch.tensor([0, 1, 127]).to(d)
    out["I64"] = torch.tensor([-(2 ** 63), 2 ** 63 - 1, 5])
    out["F16.subnormal"] = torch.tensor([2.0 ** -24, -3 * 2.0 ** -24, 2.0 ** -14]).half()
    out["scalar"] = torch.tensor(3, dtype=torch.int64)
    out["empty"] = torch.zeros(0, 3)
    return out


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    return OrderedDict(transposed=base.t(), columns=base[:, 1:4], row=base[2], element=base[1, 5], strided=base[::2, ::3],
                       expanded=torch.tensor([7.0]).expand(2, 3), channels_last=torch.arange(16.0).reshape(1, 2, 2, 4).to(memory_format=torch.channels_last),
                       empty_view=base[4:])


def shared():
    w = torch.arange(6.0).reshape(2, 3)
    return OrderedDict(encoder=w, decoder=w, tail=w[1], other=torch.ones(2))


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(nn.Sequential(nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4)))
        self.up = nn.ConvTranspose2d(4, 2, 4, stride=2, bias=False)
        self.fc = nn.Linear(4, 5)


def tiny():
    model = Tiny()
    with torch.no_grad():
        for bn in (model.bn1, model.layer1[0][1]):
            bn.running_mean.copy_(torch.randn(4)), bn.running_var.copy_(torch.rand(4) + 0.5)
            bn.weight.copy_(torch.randn(4)), bn.bias.copy_(torch.randn(4))
            bn.num_batches_tracked.fill_(17)
    return model


def nested(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    sum(p.sum() for p in model.parameters()).backward()
    optimizer.step()
    state = OrderedDict(("module." + k, v) for k, v in model.state_dict().items())
    return {"epoch": 3, "arch": "tiny", "state_dict": state, "best_prec1": 61.25, "optimizer": optimizer.state_dict(),
            "extra": {"tuple": (1, "two", None), "set": {1, 2}, "big": 2 ** 80, "negative": -7, "flag": True, "size": torch.Size([2, 3]),
                      "dtype": torch.float16, "long text": "ü" * 300, 5: -0.5}}


def save(name, value, read=None, **options):
    path = os.path.join(HERE, name)
    torch.save(value, path, **options)
    back = torch.load(path, weights_only=False)
    expect(name, read(back) if read else back)


def save_tar(name, tensors):
    """torch before 0.1.10: a tar of storages, tensors and a pickle whose persistent ids are numbers of tensors."""
    storages, entries, keys = io.BytesIO(), io.BytesIO(), {}
    kinds = {torch.float32: torch.FloatStorage, torch.int64: torch.LongStorage, torch.float64: torch.DoubleStorage}
    classes = {torch.float32: torch.FloatTensor, torch.int64: torch.LongTensor}
    roots = []
    for tensor in tensors.values():
        key = tensor.untyped_storage().data_ptr()
        if key not in keys:
            keys[key] = len(keys) + 1
            roots.append(tensor)
    pickle.dump(len(roots), storages, protocol=2)
    for tensor in roots:
        storage = tensor.untyped_storage()
        pickle.dump((keys[storage.data_ptr()], "cpu", kinds[tensor.dtype]), storages, protocol=2)
        storages.write(struct.pack("<q", storage.nbytes() // tensor.element_size()) + bytes(storage.tolist()))
    pickle.dump([], storages, protocol=2)
    pickle.dump(len(tensors), entries, protocol=2)
    for i, tensor in enumerate(tensors.values()):
        pickle.dump((100 + i, keys[tensor.untyped_storage().data_ptr()], classes[tensor.dtype]), entries, protocol=2)
        entries.write(struct.pack("<ii", tensor.dim(), 0) + struct.pack(f"<{tensor.dim()}q", *tensor.shape)
                      + struct.pack(f"<{tensor.dim()}q", *tensor.stride()) + struct.pack("<q", tensor.storage_offset()))
    main, ids = io.BytesIO(), {id(t): str(100 + i) for i, t in enumerate(tensors.values())}
    pickler = pickle.Pickler(main, protocol=2)
    pickler.persistent_id = lambda value: ids.get(id(value))
    pickler.dump(OrderedDict(tensors))
    path = os.path.join(HERE, name)
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for member, content in (("sys_info", pickle.dumps({"protocol_version": 1000, "little_endian": True,
                                                           "type_sizes": {"short": 2, "int": 4, "long": 4}}, protocol=2)),
                                ("pickle", main.getvalue()), ("tensors", entries.getvalue()), ("storages", storages.getvalue())):
            info = tarfile.TarInfo(member)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    expect(name, torch.load(path, weights_only=False))


def save_before_0_4(name, value):
    """torch before 0.4 pickled a tensor as an empty object of its class plus state, and a parameter as a call of its class."""
    now = torch.Tensor.__reduce_ex__, nn.Parameter.__reduce_ex__
    torch.Tensor.__reduce_ex__ = lambda t, _: (torch.FloatTensor, (), (t._typed_storage(), t.storage_offset(), tuple(t.size()), t.stride()))
    nn.Parameter.__reduce_ex__ = lambda p, _: (nn.Parameter, (p.data,), (p.requires_grad, False, OrderedDict()))
    torch.save(value, os.path.join(HERE, name), _use_new_zipfile_serialization=False)
    torch.Tensor.__reduce_ex__, nn.Parameter.__reduce_ex__ = now
    expect(name, torch.load(os.path.join(HERE, name), weights_only=True))


class Python2Pickler(pickle._Pickler):
    """Writes text as Python 2 did: as bytes."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_text(self, text):
        raw = text.encode()
        self.write((b"U" + bytes([len(raw)]) if len(raw) < 256 else b"T" + struct.pack("<i", len(raw))) + raw)
        self.memoize(text)

    dispatch[str] = save_text


class Python2:
    Pickler = Python2Pickler
    dump = staticmethod(lambda value, file, protocol: Python2Pickler(file, protocol).dump(value))


def rewrite_zip(source, name, change, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(os.path.join(HERE, source)) as old, zipfile.ZipFile(os.path.join(HERE, name), "w", compression) as new:
        for item in old.infolist():
            new.writestr(zipfile.ZipInfo(item.filename), change(item.filename, old.read(item)), compress_type=compression)


def big_endian(name, content):
    if name.endswith("/byteorder"):
        return b"big"
    if "/data/" in name:
        return np.frombuffer(content, "<f4").astype(">f4").tobytes()
    return content


def operators(model):
    """Outputs of PyTorch's layers, to check that the layouts of the converted kernels mean the same."""
    x = torch.randn(2, 3, 7, 6)
    y = torch.relu(torch.nn.functional.batch_norm(model.conv1(x), model.bn1.running_mean, model.bn1.running_var, model.bn1.weight, model.bn1.bias))
    up = model.up(y)
    logits = model.fc(y.mean((2, 3)))
    fc6 = nn.Linear(4 * 5 * 4, 3)
    return {k: {"shape": list(v.shape), "values": v.detach().reshape(-1).tolist()} for k, v in dict(
        images=x, features=y, up=up, logits=logits, fc6=fc6(y.flatten(1)), fc6_weight=fc6.weight, fc6_bias=fc6.bias).items()}


model = tiny()
with torch.no_grad():
    expected["operators"] = operators(model)
state_of = lambda checkpoint: OrderedDict((k.removeprefix("module."), v) for k, v in checkpoint["state_dict"].items())
for suffix, options in (("zip", {}), ("legacy", {"_use_new_zipfile_serialization": False})):
    save(f"dtypes.{suffix}.pt", dtypes(), **options)
    save(f"views.{suffix}.pt", views(), **options)
    save(f"shared.{suffix}.pt", shared(), **options)
    save(f"parameters.{suffix}.pt", {k: v for k, v in tiny().named_parameters()}, **options)
    save(f"tiny.{suffix}.pth", model.state_dict(), **options)
    save(f"nested.{suffix}.pth.tar", nested(tiny()), state_of, **options)
save("nested.protocol4.pth.tar", nested(tiny()), state_of, pickle_protocol=4)
save("nested.protocol5.pth.tar", nested(tiny()), state_of, pickle_protocol=5)
save("nested.protocol3.legacy.pth.tar", nested(tiny()), state_of, pickle_protocol=3, _use_new_zipfile_serialization=False)
save("numpy-scalar.pth.tar", {"epoch": 1, "state_dict": {"w": torch.ones(2)}, "best_prec1": np.float64(0.5)}, lambda c: c["state_dict"])
save("tensor-scalar.pth.tar", {"epoch": 1, "state_dict": {"w": torch.ones(2)}, "best_prec1": torch.tensor(61.25), "history": torch.ones(3)}, lambda c: c["state_dict"])
save("small.zip.pt", {"w": torch.tensor([1.0, 2.0])})
save("small.legacy.pt", {"w": torch.tensor([1.0, 2.0])}, _use_new_zipfile_serialization=False)
save_before_0_4("before-0.4.legacy.pth", OrderedDict(list(tiny().named_parameters())[:2] + list(views().items())[:3]))
save("python2.legacy.pth", tiny().state_dict(), pickle_module=Python2, _use_new_zipfile_serialization=False)
save("protocol1.zip.pth", {"state_dict": dict(tiny().state_dict()), "arch": "ü" * 300, "list": [1.5, [], {}, ()]}, lambda c: c["state_dict"], pickle_protocol=1)
save("whole-module.pt", tiny(), lambda m: {})
save_tar("views.tar.pt", OrderedDict(list(views().items())[:6] + [("count", torch.tensor([1, -2]))]))
save_tar("small.tar.pt", OrderedDict(w=torch.tensor([1.0, 2.0])))
rewrite_zip("views.zip.pt", "views.big-endian.pt", big_endian)
expect("views.big-endian.pt", torch.load(os.path.join(HERE, "views.big-endian.pt"), weights_only=False))
rewrite_zip("small.zip.pt", "deflated.pt", lambda _, content: content, zipfile.ZIP_DEFLATED)
safetensors.torch.save_file(dict(dtypes()), os.path.join(HERE, "dtypes.safetensors"), metadata={"format": "pt"})
expect("dtypes.safetensors", safetensors.torch.load_file(os.path.join(HERE, "dtypes.safetensors")))
safetensors.torch.save_file(dict(model.state_dict()), os.path.join(HERE, "tiny.safetensors"), metadata={"format": "pt"})
expect("tiny.safetensors", safetensors.torch.load_file(os.path.join(HERE, "tiny.safetensors")))
with open(os.path.join(HERE, "expected.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"))
