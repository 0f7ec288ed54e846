# shellcheck shell=bash
# What of Debian's packages Velocity 1.7, json-smart and Jayway need, and the driver, compiled into `$1`; sets `classpath`. To be sourced.

prepare_java() {
    local here work=$1 jar missing=0
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    local jars=(velocity commons-lang commons-collections3 json-path json-smart accessors-smart asm slf4j-api slf4j-nop)
    for jar in "${jars[@]}"; do [ -e "/usr/share/java/$jar.jar" ] || missing=1; done
    if [ $missing = 1 ] || ! command -v javac >/dev/null; then
        apt-get update -q >/dev/null
        apt-get install -qy --no-install-recommends velocity libjsonpath-java libjson-smart-java default-jdk-headless >/dev/null
    fi
    classpath=$work
    for jar in "${jars[@]}"; do classpath+=:/usr/share/java/$jar.jar; done
    javac -nowarn -Xlint:none -d "$work" -cp "$classpath" "$here/Driver.java" 2>&1 | grep -v '^Note:' || true
}
