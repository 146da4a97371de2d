# Names each test of .trx files that did not pass, with the beginning of its message.
function plain(text) {
    gsub(/<[^>]*>/, "", text)
    gsub(/&#xD;/, "", text); gsub(/&#xA;/, "\n", text)
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "'", text); gsub(/&amp;/, "\\&", text)
    return text
}
/<UnitTestResult / {
    failed = $0 !~ /outcome="(Passed|NotExecuted)"/
    if (failed) {
        name = $0
        sub(/.* testName="/, "", name); sub(/".*/, "", name)
        file = FILENAME
        sub(/.*test-results\//, "", file)
        printf "\nfailed: %s (%s)\n", plain(name), file
    }
}
failed && /<(Message|StackTrace)>/ { inside = 1; lines = 0 }
inside && ++lines <= 12 { print "    " plain($0) }
/<\/(Message|StackTrace)>/ { inside = 0 }
/<\/UnitTestResult>/ { failed = 0 }
