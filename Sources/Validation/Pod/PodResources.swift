import Schema
import Values

/// The resources that containers and pods ask for.
extension PodRules {
  static func resources(
    _ field: Field, _ context: PodContext, isPodLevel: Bool, _ errors: inout Findings
  ) {
    if !field.isSet { return }
    let (limits, requests) = (field["limits"], field["requests"])
    for (name, entry) in limits.entries {
      entry.named(name, isPodLevel: isPodLevel, &errors)
      hugePages(name, entry, &errors)
    }
    for (name, entry) in requests.entries {
      entry.named(name, isPodLevel: isPodLevel, &errors)
      requestAgainstLimit(name, entry, limits, requests, &errors)
      hugePages(name, entry, &errors)
    }
    let names = Set((limits.object?.keys ?? []) + (requests.object?.keys ?? []))
    if names.contains(where: ResourceNames.isHugePage), !names.contains("cpu"), !names.contains("memory") {
      errors.forbidden(field, "HugePages require cpu or memory")
    }
    claims(field["claims"], context, &errors)
  }

  private static func requestAgainstLimit(
    _ name: String, _ entry: Field, _ limits: Field, _ requests: Field, _ errors: inout Findings
  ) {
    guard let request = entry.quantity else { return }
    let isStrict = !ResourceNames.allowsOvercommit(name)
    if let limit = limits.key(name).quantity {
      let text = isStrict ? "must be equal to" : "must be less than or equal to"
      if isStrict ? request != limit : request > limit {
        errors.invalid(requests, showing: .string(request.description), "\(text) \(name) limit of \(limit)")
      }
    } else if isStrict {
      errors.required(limits, "Limit must be set for non overcommitable resources")
    }
  }

  private static func hugePages(_ name: String, _ entry: Field, _ errors: inout Findings) {
    guard ResourceNames.isHugePage(name), let amount = entry.quantity else { return }
    let size = (try? Quantity(String(name.dropFirst("hugepages-".count))))?.value ?? 0
    if size == 0 || amount.value % size != 0 {
      errors.invalid(
        entry, showing: .string(amount.description),
        "\(amount) is not positive integer multiple of \(name)")
    }
  }

  private static func claims(_ field: Field, _ context: PodContext, _ errors: inout Findings) {
    var seen: Set<String> = []
    for claim in field.elements {
      let (name, request) = (claim["name"].text, claim["request"].text)
      guard !name.isEmpty else {
        errors.required(claim)
        continue
      }
      if seen.contains(name) {
        errors.duplicate(claim, .string(name))
      } else {
        let key = request.isEmpty ? name : "\(name)/\(request)"
        if !request.isEmpty { errors.check(claim["request"], Names.dns1123Label) }
        if seen.contains(key) {
          errors.duplicate(claim, .string(key))
        } else if request.isEmpty {
          for _ in seen.filter({ $0.hasPrefix("\(name)/") }) { errors.duplicate(claim, .string(name)) }
        }
        seen.insert(key)
      }
      if !context.claims.contains(name) {
        let list = context.claims.sorted().joined(separator: ", ")
        let tail = list.isEmpty ? " which is empty" : ": \(list)"
        errors.append(
          FieldError(
            kind: .notFound, path: claim.path,
            message:
              "Not found: \(FieldError.quoted(name)): must be one of the names in pod.spec.resourceClaims\(tail)"
          ))
      }
    }
  }

  // MARK: - Pod level (KEP-2837)

  static func podResources(_ spec: Field, _ context: PodContext, _ errors: inout Findings) {
    let field = spec["resources"]
    if !field.isSet { return }
    if context.operatingSystem == "windows" {
      errors.forbidden(field, "may not be set for a windows pod")
      return
    }
    if field["claims"].isSet {
      errors.forbidden(field["claims"], "claims may not be set for Resources at pod-level")
    }
    resources(field, context, isPodLevel: true, &errors)
    aggregate(spec, field, &errors)
  }

  private static func aggregate(_ spec: Field, _ field: Field, _ errors: inout Findings) {
    var total: [String: Quantity] = [:]
    var limits: [String: Quantity] = [:]
    for container in spec["containers"].elements {
      for (name, entry) in container["resources"]["requests"].entries {
        total[name] = (total[name] ?? .zero) + (entry.quantity ?? .zero)
      }
      for (name, entry) in container["resources"]["limits"].entries {
        limits[name] = (limits[name] ?? .zero) + (entry.quantity ?? .zero)
      }
    }
    for (name, entry) in field["requests"].entries {
      guard let sum = total[name], let own = entry.quantity, sum > own else { continue }
      errors.invalid(
        entry, showing: .string(own.description),
        "must be greater than or equal to aggregate container requests of \(sum)")
    }
    for (name, entry) in field["limits"].entries where ResourceNames.isHugePage(name) {
      guard let sum = limits[name], let own = entry.quantity, sum > own else { continue }
      errors.invalid(
        entry, showing: .string(own.description),
        "must be greater than or equal to aggregate container limits of \(sum)")
    }
    for (i, container) in spec["containers"].elements.enumerated() {
      for (name, entry) in container["resources"]["limits"].entries {
        guard let pod = field["limits"].key(name).quantity, let own = entry.quantity, own > pod else {
          continue
        }
        errors.invalid(
          field["containers"].index(i).key(name)["limits"], showing: .string(own.description),
          "must be less than or equal to pod limits of \(pod)")
      }
    }
  }
}

extension Field {
  /// An entry of requests or limits.
  fileprivate func named(_ name: String, isPodLevel: Bool, _ errors: inout Findings) {
    if isPodLevel {
      ResourceNames.pod(name, self, &errors)
    } else {
      ResourceNames.container(name, self, &errors)
    }
    ResourceNames.amount(name, self, &errors)
  }
}
