# Every block that a service job may have, with what people write into it.
variable "image" {
  type        = string
  description = "what runs"
  default     = "registry.example.com/team/app:1.2.3"
  validation {
    condition     = length(var.image) > 0
    error_message = "An image is needed."
  }
}

variables {
  region_name = "eu"
  ports       = [8000, 8001]
}

locals {
  name = "app-${var.region_name}"
  tags = { for k, v in { a = 1, b = 2 } : k => "x${v}" if v > 0 }
}

job "app" {
  namespace   = "team"
  region      = var.region_name
  datacenters = ["dc*"]
  node_pool   = "default"
  type        = "service"
  priority    = 60
  all_at_once = false

  ui {
    description = "the app"
    link {
      label = "docs"
      url   = "https://example.com/${local.name}"
    }
  }

  meta {
    owner = "team"
    key   = "it's ${NOMAD_META_owner}, \"quoted\" and \u00e9"
  }

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }
  constraint {
    operator = "distinct_hosts"
    value    = "true"
  }
  affinity {
    attribute = "${node.datacenter}"
    value     = "dc1"
    weight    = -50
  }
  spread {
    attribute = "${node.datacenter}"
    weight    = 100
    target "dc1" {
      percent = 60
    }
    target "dc2" { percent = 40 }
  }

  update {
    max_parallel      = 1
    canary            = 1
    min_healthy_time  = "10s"
    healthy_deadline  = "5m"
    progress_deadline = "10m"
    auto_revert       = true
    auto_promote      = false
    health_check      = "checks"
    stagger           = "30s"
  }
  migrate {
    max_parallel = 1
  }
  reschedule {
    delay          = "30s"
    delay_function = "exponential"
    max_delay      = "1h"
    unlimited      = true
  }
  multiregion {
    strategy {
      max_parallel = 1
      on_failure   = "fail_all"
    }
    region "eu" {
      count       = 2
      datacenters = ["dc1"]
    }
  }
  vault {
    role = "app"
  }

  group "api" {
    count                  = 3
    shutdown_delay         = "5s"
    stop_on_client_after_disconnect = "90s"

    consul {
      namespace = "x"
    }
    disconnect {
      lost_after = "6h"
      replace    = false
    }
    ephemeral_disk {
      size    = 300
      sticky  = true
      migrate = true
    }
    network {
      mode     = "bridge"
      hostname = "app-${NOMAD_ALLOC_INDEX}"
      port "http" {
        static       = 8080
        to           = 8000
        host_network = "public"
      }
      port "metrics" {}
      dns {
        servers = ["10.0.0.2"]
      }
      cni {
        args = {
          a = "b"
        }
      }
    }
    volume "data" {
      type            = "csi"
      source          = "data"
      read_only       = false
      attachment_mode = "file-system"
      access_mode     = "single-node-writer"
      per_alloc       = true
      mount_options {
        fs_type     = "ext4"
        mount_flags = ["noatime"]
      }
    }
    scaling {
      enabled = true
      min     = 1
      max     = 10
      policy {
        cooldown = "1m"
        check "load" {
          source = "prometheus"
          query  = "avg(rate(requests_total{job=\"app\"}[1m]))"
          strategy "target-value" {
            target = 0.7
          }
        }
      }
    }
    restart {
      attempts         = 2
      interval         = "30m"
      delay            = "15s"
      mode             = "fail"
      render_templates = true
    }
    service {
      name        = "app"
      port        = "http"
      provider    = "consul"
      tags        = ["prometheus-scrape=true", "v${NOMAD_META_version}"]
      canary_tags = ["canary"]
      meta {
        a = "b"
      }
      canary_meta {
        a = "c"
      }
      tagged_addresses {
        lan = "10.0.0.1:8080"
      }
      weights {
        passing = 10
        warning = 1
      }
      check {
        type     = "http"
        path     = "/healthz/"
        interval = "10s"
        timeout  = "2s"
        header {
          Authorization = ["Basic eDp5"]
        }
        check_restart {
          limit           = 3
          grace           = "90s"
          ignore_warnings = false
        }
      }
      check_restart {
        limit = 1
      }
      connect {
        sidecar_service {
          tags = ["x"]
          proxy {
            upstreams {
              destination_name = "db"
              local_bind_port  = 5432
            }
            expose {
              path {
                path            = "/metrics"
                protocol        = "http"
                local_path_port = 9102
                listener_port   = "metrics"
              }
            }
            transparent_proxy {}
            config {
              handshake_timeout_ms = 2000
            }
          }
        }
        sidecar_task {
          resources {
            cpu = 50
          }
        }
      }
      identity {
        aud = ["consul.io"]
        ttl = "1h"
      }
    }

    task "server" {
      driver         = "docker"
      user           = "1000"
      kill_timeout   = "30s"
      kill_signal    = "SIGTERM"
      leader         = true
      shutdown_delay = "2s"

      config {
        image   = var.image
        ports   = ["http"]
        command = "sh"
        args    = ["-c", "for i in $(seq 3); do echo \"$i $$ ${NOMAD_PORT_http} $${HOME:-/}\"; done"]
        mount {
          type   = "bind"
          source = "local"
          target = "/data"
        }
        labels = {
          "com.example/x" = "y"
        }
        logging {
          type = "json-file"
          config {
            max-size = "10m"
          }
        }
      }
      env {
        PORT    = "${NOMAD_PORT_http}"
        LIST    = join(",", [for p in var.ports : tostring(p)])
        PERCENT = "100% %%{x}"
        LAMBDA  = <<-EOT
          %{ for p in var.ports ~}
          ${p}
          %{ endfor ~}
        EOT
      }
      dispatch_payload {
        file = "input.json"
      }
      lifecycle {
        hook    = "poststart"
        sidecar = true
      }
      logs {
        max_files     = 3
        max_file_size = 10
      }
      artifact {
        source      = "https://example.com/a.tar.gz"
        destination = "local/a"
        mode        = "file"
        options {
          checksum = "sha256:0a"
        }
        headers {
          X = "y"
        }
      }
      template {
        data            = <<EOH
{{ with secret "database/creds/app" }}
USER="{{ .Data.username }}"   # not a comment of HCL
LINE=${NOMAD_ALLOC_ID} $${NOT} $X
{{ end }}
EOH
        destination     = "secrets/app.env"
        env             = true
        change_mode     = "script"
        left_delimiter  = "{{"
        error_on_missing_key = true
        wait {
          min = "2s"
          max = "4m"
        }
        change_script {
          command       = "/bin/reload"
          args          = ["-x"]
          timeout       = "5s"
          fail_on_error = false
        }
      }
      resources {
        cpu        = 500
        cores      = null
        memory     = 256 * 2
        memory_max = 1024
        device "nvidia/gpu" {
          count = 1
          constraint {
            attribute = "${device.attr.memory}"
            operator  = ">="
            value     = "2 GiB"
          }
          affinity {
            attribute = "${device.model}"
            value     = "x"
          }
        }
        numa {
          affinity = "prefer"
        }
        network {
          mbits = 10
        }
      }
      volume_mount {
        volume      = "data"
        destination = "/data"
      }
      identity {
        env  = true
        file = true
      }
      action "ping" {
        command = "/bin/ping"
        args    = ["-c1", "localhost"]
      }
      schedule {
        cron {
          start = "0 8 * * * *"
          end   = "0 18"
        }
      }
      secret "password" {
        provider = "nomad"
        path     = "nomad/jobs/app"
      }
      vault {
        policies = ["app"]
      }
      consul {}
      restart {
        attempts = 1
      }
      meta {
        password = "${secret.password.value}"
      }
      constraint {
        attribute = "${meta.rack}"
        operator  = "regexp"
        value     = "^r[0-9]+$"
      }
    }
    dynamic "task" {
      for_each = var.ports
      labels   = ["worker-${task.value}"]
      content {
        driver = "exec"
        config {
          command = "/bin/true"
        }
      }
    }
  }
}
