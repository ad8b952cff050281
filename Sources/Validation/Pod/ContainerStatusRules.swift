import Schema
import Values

/// What a pod's status tells of its containers: the users that they run as, and the health of their devices.
enum ContainerStatusRules {
  static func validate(_ status: Field, _ spec: Field, _ errors: inout Findings) {
    let system = spec["os"].isSet ? spec["os"]["name"].text : "linux"
    for (name, _) in PodStatusRules.lists {
      for container in status[name].elements { user(container["user"], system, &errors) }
    }
    for (name, list) in PodStatusRules.lists {
      for container in status[name].elements {
        let devices = container["allocatedResourcesStatus"]
        if list == "ephemeralContainers" {
          if !devices.isEmpty { errors.forbidden(devices, "must not be specified in container status") }
        } else {
          let known = spec[list].elements.first { $0["name"].text == container["name"].text }
          for device in devices.elements { self.device(device, known, &errors) }
        }
      }
    }
  }

  private static func user(_ user: Field, _ system: String, _ errors: inout Findings) {
    let linux = user["linux"]
    if !linux.isSet { return }
    if system == "windows" { return errors.forbidden(linux, "cannot be set for a windows pod") }
    if system != "linux" { return }
    for id in [linux["uid"], linux["gid"]] + linux["supplementalGroups"].elements {
      errors.inRange(id, 0, 2_147_483_647)
    }
  }

  private static func device(_ device: Field, _ container: Field?, _ errors: inout Findings) {
    let name = device["name"]
    if let resources = container?["resources"] {
      if name.text.hasPrefix("claim:") {
        let claims = resources["claims"].elements.map {
          "claim:\($0["name"].text)" + ($0["request"].hasText ? "/\($0["request"].text)" : "")
        }
        if !claims.contains(name.text) {
          errors.invalidText(
            name,
            "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' "
              + "or 'claim:<claimName>' if request is empty")
        }
      } else if resources["requests"].value?[name.text] == nil {
        errors.invalidText(name, "must match one of the container's resource requests")
      }
    }
    var seen: Set<String> = []
    for resource in device["resources"].elements {
      errors.oneOf(resource["health"], ["Healthy", "Unhealthy", "Unknown"])
      let message = resource["message"]
      if message.isSet, !message.hasText { errors.required(message, "must be non-empty if specified") }
      if message.text.utf8.count > 1024 { errors.tooLong(message, maximum: 1024) }
      let id = resource["resourceID"]
      if !seen.insert(id.text).inserted { errors.duplicate(id, .string(id.text)) }
    }
  }
}
