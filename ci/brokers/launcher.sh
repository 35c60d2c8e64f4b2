# Sourced by the launchers in this folder, each of which is NAME start|stop|url [TRANSPORT]|ca|pid.
#
#   start   starts the broker on a free port of 127.0.0.1 (MQSPEC_PORT names one instead), waits until
#           a CONNECT was answered and a SUBSCRIBE granted, and prints the url; where it already runs,
#           only prints the url
#   stop    ends it: SIGTERM, and SIGKILL if it is still there after ten seconds; quiet where none runs
#   url     prints the url of the running broker; `url ws`, `url tls`, `url wss` and `url unix` those of
#           its further transports, as far as it has them
#   ca      prints the file with the authority that signed its certificate, for --ca
#   pid     prints its process id
#   run     becomes the broker, in the foreground, on the port that is named: for `mqspec test --exec`
#   install gets what no Debian package holds, if that is not there yet; start does so too
#
# Exit status 4: the broker cannot run on this machine; standard error says what is missing.
#
# All it keeps is in one folder: ${MQSPEC_BROKER_DIR:-build/brokers}/NAME, with pid, url, log and the
# broker's own files. A second broker of the same kind needs another MQSPEC_BROKER_DIR. What was
# installed is shared by all, in build/zoo/NAME.
#
# Certificates are made at each start: ca.crt, server.crt and server.key (server.pem: both).
#
# A launcher sets `name`, `user` and `password` (both may be empty), `patience_s`, `transports` (a list
# of ws, tls, wss, unix), and functions: `configure PORT` writes its files into $state, `launch PORT`
# becomes the broker, in the foreground, and `fetch`, where there is something to install, puts it into
# $home. `configure` finds the ports of the others by `port_of NAME`; the Unix socket is $state/socket.

set -eu

state=${MQSPEC_BROKER_DIR:-build/brokers}/$name
mkdir -p "$state"
state=$(cd "$state" && pwd)
home=$PWD/build/zoo/$name

# Both are for `fetch` and `configure`, and end the script.
missing() {
    echo "$name: needs $1" >&2
    exit 4
}

# need COMMAND VERSION WORD…: there is such a command, of this version at least, as WORD… tells it.
need() {
    command -v "$1" > /dev/null || missing "$1, version $2 or newer"
    wanted="$1, version $2 or newer"
    least=$2
    shift 2
    found=$("$@" 2>&1 | sed 's/^[^0-9]*//; s/[^0-9.].*//')
    [ "$(printf '%s\n' "$least" "$found" | sort -V | head -n 1)" = "$least" ] ||
        missing "$wanted, and this is $found"
}

fetch() {
    : # most have nothing to fetch
}

run() {
    echo "+ $*" >&2
    "$@" < /dev/null >&2
}

# When a process was born: field 22 of its stat, counted behind the name in parentheses; "gone" where
# it has ended, be it that nobody has waited for it yet (Z). A process id is used again some day,
# its birth is not.
birth() {
    kill -0 "$1" 2> /dev/null || { echo gone; return; }
    [ -r "/proc/$1/stat" ] || { echo unknown; return; }
    sed 's/^.*) //' "/proc/$1/stat" | awk '{ print $1 == "Z" ? "gone" : $20 }'
}

# True where the recorded process lives; sets `pid`.
is_running() {
    [ -s "$state/pid" ] || return 1
    read -r pid born < "$state/pid"
    [ "$born" != gone ] && [ "$born" = "$(birth "$pid")" ]
}

# A port below the range that the system gives to clients, on which nothing listens now.
free_port() {
    while :; do
        port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
        hex=$(printf ':%04X ' "$port")
        cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | grep -qF "$hex" && continue
        grep -qsx "$port" "$state"/port.* || break
    done
    echo "$port"
}

# The port of a further transport: another one at each attempt.
port_of() {
    [ -s "$state/port.$1" ] || free_port > "$state/port.$1"
    cat "$state/port.$1"
}

# url_of TRANSPORT
url_of() {
    login=${user:+$user:$password@}
    case $1 in
        tcp) echo "mqtt://${login}127.0.0.1:$(port_of tcp)" ;;
        tls) echo "mqtts://${login}127.0.0.1:$(port_of tls)" ;;
        ws | wss) echo "$1://${login}127.0.0.1:$(port_of "$1")/mqtt" ;;
        unix) echo "unix://$login$state/socket" ;;
    esac
}

# An authority of this start's own, and what it signed for this machine.
make_certificates() {
    (
        cd "$state"
        key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        # shellcheck disable=SC2086 # several words are meant
        {
            openssl req -x509 $key -keyout ca.key -out ca.crt -days 30 -subj "/CN=mqspec test CA"
            openssl req $key -keyout server.key -out server.csr -subj "/CN=localhost"
        }
        echo "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1" > server.ext
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 \
            -extfile server.ext -out server.crt
        cat server.crt server.key > server.pem
    ) > "$state/openssl.log" 2>&1 || { cat "$state/openssl.log" >&2; exit 1; }
}

# Connects and subscribes once; 0 when both were granted.
is_ready() {
    mosquitto_sub -h 127.0.0.1 -p "$1" -V mqttv311 -i "ready$$" ${user:+-u "$user" -P "$password"} \
        -t "mqspec/ready" -E -W 2 > /dev/null 2>&1
}

# attempt PORT: 0 once it serves, 1 when the process ended by itself, 2 when time ran out.
attempt() {
    rm -f "$state"/port.* "$state/socket"
    echo "$1" > "$state/port.tcp"
    configure "$1"
    ( launch "$1" ) > "$state/log" 2>&1 < /dev/null &
    pid=$!
    echo "$pid $(birth "$pid")" > "$state/pid"
    deadline=$(($(date +%s) + patience_s))
    until is_ready "$1"; do
        is_running || return 1
        [ "$(date +%s)" -lt "$deadline" ] || return 2
        sleep 0.1
    done
    is_running || return 1 # another program may have answered on this port
    url_of tcp > "$state/url"
}

start() {
    if is_running && [ -s "$state/url" ]; then
        cat "$state/url"
        return
    fi
    stop
    fetch
    trap 'stop; exit 1' HUP INT TERM
    make_certificates
    # Between the look for a free port and its use somebody else may have taken it.
    for try in 1 2 3; do
        status=0
        attempt "${MQSPEC_PORT:-$(free_port)}" || status=$?
        [ $status -ne 0 ] || { cat "$state/url"; return; }
        [ $status -eq 1 ] && [ -z "${MQSPEC_PORT-}" ] || break
    done
    stop
    echo "$name did not start (try $try, waited up to $patience_s s); its log:" >&2
    tail -n 20 "$state/log" >&2
    exit 1
}

stop() {
    if is_running; then
        kill "$pid" 2> /dev/null || true
        tenths=0
        while is_running; do
            [ $tenths -lt 100 ] || { kill -9 "$pid" 2> /dev/null || true; }
            [ $tenths -lt 150 ] || { echo "$name: process $pid does not end" >&2; exit 1; }
            tenths=$((tenths + 1))
            sleep 0.1
        done
    fi
    rm -f "$state/pid" "$state/url"
}

run_here() {
    [ $# -eq 1 ] || { echo "usage: ci/brokers/$name run PORT" >&2; exit 2; }
    is_running && stop
    rm -f "$state"/port.* "$state/socket"
    echo "$1" > "$state/port.tcp"
    fetch
    make_certificates
    configure "$1"
    launch "$1"
}

show() {
    is_running && [ -s "$state/url" ] || { echo "$name is not running" >&2; exit 1; }
    case $1 in
        url) cat "$state/url" ;;
        pid) echo "$pid" ;;
        ca) echo "$state/ca.crt" ;;
        *)
            case " tcp $transports " in
                *" $1 "*) url_of "$1" ;;
                *) echo "$name has no transport $1; it has: tcp $transports" >&2; exit 1 ;;
            esac
            ;;
    esac
}

main() {
    case ${1-} in
        start | stop) "$1" ;;
        url) show "${2:-url}" ;;
        ca | pid) show "$1" ;;
        run) shift && run_here "$@" ;;
        install) fetch ;;
        *) echo "usage: ci/brokers/$name start|stop|url [TRANSPORT]|ca|pid|run PORT|install" >&2; exit 2 ;;
    esac
}
