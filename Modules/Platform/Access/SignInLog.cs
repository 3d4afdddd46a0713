using Crm.Core;
using Crm.Data;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.SignIn;
using Dapper;
using Npgsql;

namespace Crm.Platform.Access;

/// <summary>Writes the log of sign-ins: with the command where it saves, at once where the command ends in a refusal.</summary>
internal sealed class SignInLog(PlatformDb db, NpgsqlDataSource source, ISignInOrigin origin, ICurrentUser me, TimeProvider time)
{
    /// <summary>Written with the command's own save.</summary>
    public void Note(SignInOutcome result, Guid? userId, string userName) => db.SignIns.Add(Entry(result, userId, userName));

    /// <summary>Written at once: the command that asks for it saves nothing.</summary>
    [BypassesSave("A refused command saves nothing, and that it was refused is just what the log is for.")]
    public async Task NoteNowAsync(SignInOutcome result, Guid? userId, string userName, CancellationToken ct)
    {
        var e = Entry(result, userId, userName);
        await using var connection = await source.OpenConnectionAsync(ct);
        // Whoever runs against a pause is counted in one line a minute.
        await connection.ExecuteAsync(new CommandDefinition("""
            with met as (
              update platform.sign_ins set times = times + 1, last_at = @At
              where @Folds and id = (select id from platform.sign_ins where user_name = @UserName and address = @Address and result = @Result and at > @At - interval '1 minute' order by id desc limit 1)
              returning id)
            insert into platform.sign_ins (id, at, last_at, result, user_id, user_name, by_id, address, agent, times)
            select @Id, @At, @At, @Result, coalesce(@UserId, (select id from platform.users where user_name = @UserName)), @UserName, @ById, @Address, @Agent, 1 where not exists (select 1 from met)
            """, new { e.Id, e.At, Result = e.Result.ToString(), e.UserId, e.UserName, e.ById, e.Address, e.Agent, Folds = result == SignInOutcome.LockedOut }, cancellationToken: ct));
    }

    private SignInEntry Entry(SignInOutcome result, Guid? userId, string userName) =>
        new(result, userId, userName[..Math.Min(60, userName.Length)], result is SignInOutcome.SessionEnded or SignInOutcome.PasswordSet or SignInOutcome.TwoFactorOff or SignInOutcome.ViewedAs or SignInOutcome.ViewEnded && me.Id != userId ? me.Id : null, time.GetUtcNow(), SignInGuard.Text(origin.Address), origin.Agent);
}
