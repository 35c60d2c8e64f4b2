# Completion of mqspec for bash: commands, options, and what some of them take. Everything is asked of
# the program itself, so that nothing here gets old. (zsh: autoload -U bashcompinit; bashcompinit.)

_mqspec()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local words=

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="--help --version $(mqspec --help | sed -n 's/^  \([a-z]*\)  *[^ ].*/\1/p' | grep -vx mqspec)"
    elif [[ $word == -* ]]; then
        words=$(mqspec "$command" --help 2> /dev/null | sed -n '/^Examples/q; s/^  *-/-/p' |
            grep -o -e '--[a-z-]*')
    else
        case $before in
            --protocol) words="3.1 3.1.1 5.0" ;;
            --only|--skip) words=$(mqspec list | sed -n 's,^\([a-z][^ ]*/\)\([^ ]*\)  .*,\1 \1\2,p') ;;
            --segment) words="1 random coalesce" ;;
            --side) words="client server both" ;;
            --variant) words=$(mqspec list --variants | cut -d ' ' -f 1) ;;
            mqtt:|mqtts:|ws:|wss:|unix:|:|//*) return ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _mqspec mqspec
