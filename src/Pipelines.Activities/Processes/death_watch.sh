# Ends a task's program when its worker dies or stands still. The worker, process $1, holds the other end of standard input and writes the number
# of the program's session, then "ended" when that has ended, or was never begun; its death is the end of the input without that line.
exec >/dev/null 2>&1
read -r session && [ "$session" != ended ] || exit
worker=$1

# Programs such as timeout make process groups of their own, but stay in the session.
signal() {
    groups=" $session "
    for stat in /proc/[0-9]*/stat; do
        # The last line, as a program's name may hold line ends: "pid (name) state parent group session …".
        while read -r line; do last=${line##*) }; done <"$stat" || continue
        set -- "$1" $last
        [ "$5" = "$session" ] || continue
        case $groups in *" $4 "*) ;; *) groups="$groups$4 " ;; esac
    done
    for group in $groups; do kill -s "$1" -- "-$group"; done
}

end() {
    signal TERM
    sleep 1
    # Twice: what was being started while we looked.
    signal KILL
    signal KILL
}

# A stopped worker (SIGSTOP, Ctrl+Z) keeps no lease, so another one soon takes its task: seen stopped twice, in less time than a lease lasts.
stands_still() {
    times=0
    while sleep 3; do
        while read -r line; do last=${line##*) }; done <"/proc/$worker/stat" || continue
        case $last in T*) times=$((times + 1)) ;; *) times=0 ;; esac
        [ $times -lt 2 ] || break
    done
    end
}

stands_still &
# With what waits beside us.
read -r ended && kill -s KILL 0
end
kill -s KILL 0
