#!/bin/bash
# Runs on a new node as root, after HyperPod has set up the operating system, Kubernetes and its own agents.
# A node on which it fails is replaced.
set -euo pipefail

limits=/etc/sysctl.d/90-estate.conf
cat >"$limits" <<'END'
# Data loaders watch more files, and frameworks map more regions, than Linux allows by default.
fs.inotify.max_user_instances = 8192
fs.inotify.max_user_watches = 524288
vm.max_map_count = 1048576
END
sysctl --quiet --load="$limits"
echo "estate: limits of $limits are in force"
