data_dir  = "/var/lib/nomad"
bind_addr = "{{ GetPrivateIP }}"

server {
  enabled          = true
  bootstrap_expect = 3
  server_join {
    retry_join = ["provider=aws tag_key=nomad tag_value=server"]
  }
}

client {
  enabled = true
  host_volume "data" {
    path      = "/srv/data"
    read_only = false
  }
  meta {
    rack = "r1"
  }
}

plugin "docker" {
  config {
    allow_privileged = false
    volumes { enabled = true }
  }
}

telemetry { prometheus_metrics = true }
