using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Storage.Access;

namespace Pipelines.Cli.Verbs;

/// <summary><c>users list|create|set-role|reset-password|delete</c>.</summary>
internal static class UsersVerb
{
    public static Command Create() => new("users", "Who may log in, and what each may do.") { List(), Add(), SetRole(), ResetPassword(), Delete() };

    private static Command List()
    {
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "All users.") { home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var users = await session.Database.InTransactionAsync(UserTable.ListAsync, cancellation);
            new Output(args.GetValue(output)).Rows(
                ["username", "role", "author"], users.Select(user => (IReadOnlyList<object?>)[user.Username, user.Role, user.IsAuthor]), "No user yet.");
            return 0;
        });
        return command;
    }

    private static Command Add()
    {
        var (name, role, author, home) = (Options.Name("username", "The login name"), Role(), Author(), Options.DataDirectory());
        var password = Password();
        var command = new Command("create", "Add a user.") { name, role, author, password, home };
        command.SetAction(async (args, cancellation) =>
        {
            var given = await GivenText.ReadAsync(args.GetValue(password)!, cancellation);
            given.WarnIfSeen(password.Name);
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<CreateUser>().ExecuteAsync(args.GetValue(name)!, given.Value, args.GetValue(role)!, args.GetValue(author), Session.User, cancellation);
            Console.Out.WriteLine($"user {args.GetValue(name)} may log in as {args.GetValue(role)}");
            return 0;
        });
        return command;
    }

    private static Command SetRole()
    {
        var (name, role, author, home) = (Options.Name("username", "The login name"), Role(), Author(), Options.DataDirectory());
        var command = new Command("set-role", "Change what a user may do.") { name, role, author, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<SetUserRole>().ExecuteAsync(args.GetValue(name)!, args.GetValue(role)!, args.GetValue(author), Session.User, cancellation);
            Console.Out.WriteLine($"user {args.GetValue(name)} is {args.GetValue(role)} now");
            return 0;
        });
        return command;
    }

    private static Command ResetPassword()
    {
        var (name, password, home) = (Options.Name("username", "The login name"), Password(), Options.DataDirectory());
        var command = new Command("reset-password", "Give a user a new password, which ends the sessions and tokens of the old one.") { name, password, home };
        command.SetAction(async (args, cancellation) =>
        {
            var given = await GivenText.ReadAsync(args.GetValue(password)!, cancellation);
            given.WarnIfSeen(password.Name);
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<SetUserPassword>().ExecuteAsync(args.GetValue(name)!, given.Value, Session.User, cancellation);
            Console.Out.WriteLine($"user {args.GetValue(name)} has a new password");
            return 0;
        });
        return command;
    }

    private static Command Delete()
    {
        var (name, home) = (Options.Name("username", "The login name"), Options.DataDirectory());
        var command = new Command("delete", "Take a user's login away.") { name, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<DeleteUser>().ExecuteAsync(args.GetValue(name)!, Session.User, cancellation);
            Console.Out.WriteLine($"user {args.GetValue(name)} is deleted");
            return 0;
        });
        return command;
    }

    private static Option<string> Role()
    {
        var option = new Option<string>("--role", "-r") { Description = "viewer looks, user runs, op also configures, admin also administers", Required = true, HelpName = string.Join('|', CreateUser.Roles) };
        option.AcceptOnlyFromAmong([.. CreateUser.Roles]);
        return option;
    }

    private static Option<string> Password() =>
        new("--password") { Description = "- reads it from standard input, which keeps it out of the process list and the shell's history", Required = true };

    private static Option<bool> Author() => new("--author") { Description = "May edit DAGs in the designer, which is to run code on the workers" };
}
