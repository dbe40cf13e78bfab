#!/usr/bin/env bash
# Builds a working @tensorflow/tfjs-node in DIR out of PyPI's tensorflow-cpu wheel, for machines where tfjs-node's
# own install script cannot fetch libtensorflow. Needs npm, python3 with pip, g++; about 800 MB of disk.
#   scripts/tfjs-node-from-wheel.sh DIR && TFJS_NODE_DIR=DIR pnpm test:tfjs-node
set -euo pipefail
dir=${1:?usage: $0 DIR}
wheel=tensorflow-cpu==${TF_VERSION:-2.15.1}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cd "$dir"
[ -f package.json ] || echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund @tensorflow/tfjs-node@4.22.0 node-api-headers@1.9.0
node_dir=$PWD/node_modules/@tensorflow/tfjs-node
binding=$node_dir/lib/napi-v8/tfjs_binding.node
if [ ! -e "$binding" ]; then
  pip download -q --no-deps --only-binary=:all: --python-version 311 --platform manylinux_2_17_x86_64 -d wheel "$wheel"
  python3 -m zipfile -e wheel/tensorflow_cpu-*.whl wheel/unpacked
  mkdir -p "$node_dir/deps/lib" "$(dirname "$binding")"
  cp -r wheel/unpacked/tensorflow/include "$node_dir/deps/"
  cp wheel/unpacked/tensorflow/lib{tensorflow_cc,tensorflow_framework}.so.2 "$node_dir/deps/lib/"
  rm -rf wheel
  cd "$node_dir/deps/lib"
  for name in libtensorflow.so libtensorflow.so.2 libtensorflow.so.2.9.1; do ln -sf libtensorflow_cc.so.2 "$name"; done
  ln -sf libtensorflow_framework.so.2 libtensorflow_framework.so
  cd "$dir"
  # shellcheck disable=SC2016
  g++ -O2 -fPIC -shared -std=c++17 -DNAPI_VERSION=8 \
    -Inode_modules/node-api-headers/include -I"$node_dir/deps/include" "$node_dir"/binding/*.cc -o "$binding" \
    -L"$node_dir/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 '-Wl,-rpath,$ORIGIN/../../deps/lib'
fi
node -e 'const tf = require("@tensorflow/tfjs-node"); if (tf.getBackend() !== "tensorflow" || tf.sum(tf.ones([4, 4])).dataSync()[0] !== 16) process.exit(1); console.log("tfjs-node works")'
