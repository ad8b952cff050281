import Values

/// Merges a list with the list of a strategic merge patch: objects by their merge key, scalars as a set.
struct StrategicListPatch {
  let field: PatchSchema.Field

  init(_ field: PatchSchema.Field) { self.field = field }

  private var mergeKey: String { field.mergeKey }

  func merge(_ patch: [Value], into original: [Value], isDeletion: Bool) throws(PatchError) -> [Value] {
    if original.isEmpty, patch.isEmpty { return original }
    guard try isOfObjects(original, patch) else {
      if isDeletion {
        let gone = Set(patch)
        return original.filter { !gone.contains($0) }
      }
      var seen = Set<Value>()
      let merged = (original + patch).filter { seen.insert($0).inserted }
      return try arrange(merged, patchOrder: patch, serverOrder: original, original, patch)
    }
    if mergeKey.isEmpty {
      throw PatchError("cannot merge lists without merge key for type \(field.schema.goKind)")
    }
    let (server, changes) = try applyDirectives(of: patch, to: original)
    let merged = try mergeItems(changes, into: server)
    return try arrange(merged, patchOrder: changes, serverOrder: server, original, patch)
  }

  /// Whether the lists' elements are objects. All elements must be of one kind.
  private func isOfObjects(_ lists: [Value]...) throws(PatchError) -> Bool {
    var kind: String?
    for list in lists {
      for item in list {
        let one = GoPrint.type(item)
        if case .array = item, kind == nil { throw PatchError.listOfLists }
        if let kind, kind != one {
          let shown = lists.map { GoPrint.plain(.array($0)) }.joined(separator: " ")
          throw PatchError("list element types are not identical: [\(shown)]")
        }
        kind = one
      }
    }
    guard let kind else { throw PatchError("no elements in any of the given slices") }
    return kind == GoPrint.type(.object(Object()))
  }

  /// Takes the items with `$patch` out of the patch: `delete` removes an item, `replace` the whole list.
  private func applyDirectives(
    of patch: [Value], to original: [Value]
  ) throws(PatchError) -> (server: [Value], changes: [Value]) {
    var changes: [Value] = []
    var deleted = Set<Value>()
    var replaces = false
    for item in patch {
      guard case .object(let object) = item, let directive = object[StrategicMergePatch.directive] else {
        changes.append(item)
        continue
      }
      switch directive {
      case "delete":
        guard let key = object[mergeKey] else { throw PatchError.missingMergeKey(object, mergeKey) }
        deleted.insert(key)
      case "replace": replaces = true
      case "merge": throw PatchError("merging lists cannot yet be specified in the patch")
      default: throw PatchError.unknownDirective(directive, in: object)
      }
    }
    if replaces { return (changes, []) }
    if deleted.isEmpty { return (original, changes) }
    return (
      original.filter { item in item[mergeKey].map { !deleted.contains($0) } ?? true }, changes
    )
  }

  private func mergeItems(_ patch: [Value], into original: [Value]) throws(PatchError) -> [Value] {
    var merged = original
    var places: [Value: Int] = [:]
    for (place, item) in original.enumerated() {
      if let key = item[mergeKey], places[key] == nil { places[key] = place }
    }
    for item in patch {
      guard case .object(let change) = item else { continue }
      guard let key = change[mergeKey] else { throw PatchError.missingMergeKey(change, mergeKey) }
      if let place = places[key], case .object(let before) = merged[place] {
        merged[place] = .object(try StrategicMergePatch.merge(change, into: before, field.schema))
      } else {
        places[key] = merged.count
        merged.append(item)
      }
    }
    return merged
  }

  // MARK: - Order

  /// Checks that the items of a patch come in the order that its `$setElementOrder` gives.
  func check(_ patch: [Value], follows order: [Value]) throws(PatchError) {
    if patch.isEmpty || order.isEmpty { return }
    var rest = order[...]
    for item in patch {
      if !mergeKey.isEmpty {
        guard case .object(let object) = item else {
          throw PatchError.wrongType(expected: .object(Object()), item)
        }
        if object.contains(StrategicMergePatch.directive) { continue }
      }
      let wanted = try identity(item)
      var isFound = false
      while !isFound, let next = rest.popFirst() { isFound = try identity(next) == wanted }
      if !isFound {
        throw PatchError(
          "The order in patch list:\n\(GoPrint.plain(.array(patch)))\n doesn't match $setElementOrder list:\n"
            + "\(GoPrint.plain(.array(order)))\n")
      }
    }
  }

  /// Brings a merged list into order: items of the patch in the patch's order, the others in the server's;
  /// between the two the server's order decides, and where it does not know, the patch's items come first.
  func arrange(
    _ merged: [Value], patchOrder: [Value], serverOrder: [Value], _ original: [Value], _ patch: [Value]
  ) throws(PatchError) -> [Value] {
    _ = try isOfObjects(original, patch)
    let patchPlaces = try places(in: patchOrder)
    let serverPlaces = try places(in: serverOrder)
    var ofPatch: [(place: Int, item: Value, serverPlace: Int?)] = []
    var ofServer: [(place: Int, item: Value)] = []
    for item in merged {
      let identity = try identity(item)
      if let place = patchPlaces[identity] {
        ofPatch.append((place, item, serverPlaces[identity]))
      } else {
        ofServer.append((serverPlaces[identity] ?? Int.max, item))
      }
    }
    // Swift's sort is stable.
    ofPatch.sort { $0.place < $1.place }
    ofServer.sort { $0.place < $1.place }
    var result: [Value] = []
    result.reserveCapacity(merged.count)
    var left = ofServer[...]
    for one in ofPatch {
      while let first = left.first, let place = one.serverPlace, first.place < place {
        result.append(first.item)
        left.removeFirst()
      }
      result.append(one.item)
    }
    return result + left.map(\.item)
  }

  private func places(in order: [Value]) throws(PatchError) -> [Value: Int] {
    var places: [Value: Int] = [:]
    for (place, item) in order.enumerated() {
      let identity = try identity(item)
      if places[identity] == nil { places[identity] = place }
    }
    return places
  }

  /// What tells an item apart: its merge key, or itself.
  private func identity(_ item: Value) throws(PatchError) -> Value {
    if mergeKey.isEmpty { return item }
    guard case .object(let object) = item else {
      throw PatchError.wrongType(expected: .object(Object()), item)
    }
    guard let key = object[mergeKey] else { throw PatchError.missingMergeKey(object, mergeKey) }
    return key
  }
}
