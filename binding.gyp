{
  "targets": [
    {
      "target_name": "overlapped",
      "conditions": [
        [
          "OS=='linux'",
          {
            "sources": [
              "native/addon.c",
              "native/ring.c",
              "native/memory.c",
              "native/mounts.c",
              "native/watch.c",
              "native/calls.c",
              "native/perform.c",
              "native/file-calls.c",
              "native/readiness.c",
              "native/attempt.c",
              "native/copy.c",
              "native/descriptors.c",
              "native/terminal.c",
              "native/terminal-guard.c",
              "native/terminal-signals.c",
              "native/teardown.c"
            ],
            "defines": ["NAPI_VERSION=9", "_GNU_SOURCE"],
            "cflags": ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-fvisibility=hidden"]
          },
          { "type": "none" }
        ]
      ]
    }
  ]
}
