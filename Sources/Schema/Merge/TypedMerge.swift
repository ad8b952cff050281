import Values

extension TypedValue {
  /// The value with what the other one says laid over it: its leaves win, its items and entries are added,
  /// nothing is removed. Lists that are merged keep the order of this value where the other one allows.
  /// - Throws: ``TypedError`` where the items of a list can't be told apart.
  public func merging(_ applied: TypedValue) throws(TypedError) -> TypedValue {
    var merger = Merger()
    let merged = merger.merge(value, applied.value, type)
    if !merger.findings.isEmpty { throw TypedError(findings: merger.findings) }
    return TypedValue(merged, type: type)
  }
}

private struct Merger {
  var findings: [TypedError.Finding] = []
  private var path: [PathElement] = []

  mutating func merge(_ old: Value, _ new: Value, _ type: FieldType) -> Value {
    switch MergeShape(type, of: new) {
    case .scalar: return new
    case .list(let element, let listType):
      let (before, after) = (old.array ?? [], new.array ?? [])
      if listType == .atomic || before.isEmpty && after.isEmpty { return new }
      return .array(items(before, after, element, ListKeys(listType, element: element)))
    case .map(let map):
      let (before, after) = (old.object ?? Object(), new.object ?? Object())
      if map.isAtomic || before.isEmpty && after.isEmpty { return new }
      return .object(members(before, after, map))
    }
  }

  private mutating func members(_ old: Object, _ new: Object, _ map: MergeMap) -> Object {
    var merged = old
    for (key, after) in new {
      guard let before = old[key] else {
        merged[key] = after
        continue
      }
      path.append(.field(key))
      merged[key] = merge(before, after, map.type(of: key))
      path.removeLast()
    }
    return merged
  }

  /// Merges two lists. An item that both have stays where the old list has it, as long as that agrees with
  /// the new list's order; items that only the new list has come after the one before them there.
  private mutating func items(
    _ old: [Value], _ new: [Value], _ type: FieldType, _ keys: ListKeys
  ) -> [Value] {
    guard let new = index(new, keys, allowsDuplicates: false),
      let old = index(old, keys, allowsDuplicates: true)
    else { return [] }
    var shared = new.elements.filter { old.items[$0] != nil }[...]
    var next = shared.popFirst()
    var done = Set<PathElement>()
    var out: [Value] = []
    out.reserveCapacity(max(old.elements.count, new.elements.count))
    var i = 0
    var j = 0
    while i < old.elements.count || j < new.elements.count {
      if i < old.elements.count {
        let element = old.elements[i]
        if j < new.elements.count {
          if element == new.elements[j] {
            done.insert(element)
            out.append(item(element, old, new, type))
            i += 1
            j += 1
            next = shared.popFirst()
            continue
          }
          // Shared, but not the one whose turn it is: it comes where the new list has it.
          if new.items[element] != nil, let next, next != element {
            i += 1
            continue
          }
        }
        if new.items[element] == nil {
          out.append(old.values[i])
          i += 1
          continue
        }
        if done.contains(element) { i += 1 }
      }
      if j < new.elements.count {
        let element = new.elements[j]
        done.insert(element)
        out.append(item(element, old, new, type))
        j += 1
        if next == element { next = shared.popFirst() }
      }
    }
    return out
  }

  private struct Index {
    var elements: [PathElement] = []
    var values: [Value] = []
    /// The item of each path element; null for one that is there twice, which is not merged.
    var items: [PathElement: Value] = [:]
  }

  private mutating func item(
    _ element: PathElement, _ old: Index, _ new: Index, _ type: FieldType
  ) -> Value {
    let after = new.items[element] ?? .null
    guard let before = old.items[element] else { return after }
    path.append(element)
    defer { path.removeLast() }
    return merge(before, after, type)
  }

  private mutating func index(_ items: [Value], _ keys: ListKeys, allowsDuplicates: Bool) -> Index? {
    var index = Index()
    let known = findings.count
    for (place, item) in items.enumerated() {
      do throws(TypedError.Reason) {
        let element = try keys.element(of: item)
        if index.items[element] == nil {
          index.items[element] = item
        } else if allowsDuplicates {
          index.items[element] = .null
        } else {
          note("duplicate entries for key \(element)")
          continue
        }
        index.elements.append(element)
        index.values.append(item)
      } catch {
        note("element \(place): \(error.text)")
      }
    }
    return findings.count == known ? index : nil
  }

  private mutating func note(_ message: String) {
    if findings.count < 100 {
      findings.append(TypedError.Finding(path: FieldSet.text(path), message: message))
    }
  }
}
