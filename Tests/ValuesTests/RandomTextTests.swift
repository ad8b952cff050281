import Testing
import Values

@Suite struct RandomTextTests {
  @Test func uuidsAreVersion4() {
    let uuids = (0..<500).map { _ in RandomText.uuid() }
    #expect(Set(uuids).count == 500)
    for uuid in uuids {
      let groups = uuid.split(separator: "-")
      #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
      #expect(groups[2].first == "4")
      #expect("89ab".contains(groups[3].first ?? " "))
      #expect(uuid.allSatisfy { "0123456789abcdef-".contains($0) })
    }
  }

  @Test func suffixesHaveNoVowels() {
    let text = RandomText.suffix(2_000)
    #expect(text.count == 2_000)
    #expect(Set(text) == Set("bcdfghjklmnpqrstvwxz2456789"))
    #expect(RandomText.suffix(0) == "" && RandomText.suffix(-1) == "")
    #expect(RandomText.bytes(16).count == 16)
  }
}
