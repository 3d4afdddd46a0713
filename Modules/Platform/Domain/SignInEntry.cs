using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Platform.Domain;

/// <summary>What happened at the door.</summary>
internal enum SignInOutcome
{
    [Display(Name = "Signed in")]
    SignedIn,

    [Display(Name = "Password right, code asked for")]
    CodeAsked,

    [Display(Name = "Wrong password")]
    WrongPassword,

    [Display(Name = "Unknown user name")]
    UnknownName,

    [Display(Name = "Deactivated user")]
    Deactivated,

    [Display(Name = "Wrong code")]
    WrongCode,

    [Display(Name = "Locked out for a while")]
    LockedOut,

    [Display(Name = "Recovery code used")]
    RecoveryCodeUsed,

    [Display(Name = "Signed out")]
    SignedOut,

    [Display(Name = "Session ended from elsewhere")]
    SessionEnded,

    [Display(Name = "Password changed")]
    PasswordChanged,

    [Display(Name = "Password set by an administrator")]
    PasswordSet,

    [Display(Name = "Link for a new password asked for")]
    ResetAsked,

    [Display(Name = "Password set by a link")]
    PasswordReset,

    [Display(Name = "Two-factor sign-in turned on")]
    TwoFactorOn,

    [Display(Name = "Two-factor sign-in turned off")]
    TwoFactorOff,

    [Display(Name = "New recovery codes made")]
    RecoveryCodesMade,

    [Display(Name = "Browser trusted")]
    BrowserTrusted,

    [Display(Name = "Trusted browser forgotten")]
    BrowserForgotten,

    [Display(Name = "Looked at as this user by an administrator")]
    ViewedAs,

    [Display(Name = "Look as this user ended")]
    ViewEnded,
}

/// <summary>A line of the log of sign-ins. Only here: names and addresses stand in no log file.</summary>
[NotAudited]
internal sealed class SignInEntry : Entity
{
    private SignInEntry()
    {
    }

    public SignInEntry(SignInOutcome result, Guid? userId, string userName, Guid? byId, DateTimeOffset at, string address, string? agent)
    {
        Result = result;
        UserId = userId;
        UserName = userName;
        ById = byId;
        At = at;
        LastAt = at;
        Address = address;
        Agent = agent;
    }

    public DateTimeOffset At { get; private set; }

    /// <summary>Moment of the last of <see cref="Times"/>.</summary>
    public DateTimeOffset LastAt { get; private set; }

    public SignInOutcome Result { get; private set; }

    /// <summary>Null when nobody is called so.</summary>
    public Guid? UserId { get; private set; }

    /// <summary>As it was typed.</summary>
    public string UserName { get; private set; } = "";

    /// <summary>Who did it to the user, when that was somebody else.</summary>
    public Guid? ById { get; private set; }

    public string Address { get; private set; } = "";

    public string? Agent { get; private set; }

    /// <summary>Attempts met by the same pause within a minute stand in one line: a flood of them must not fill the table.</summary>
    public int Times { get; private set; } = 1;
}

internal sealed class SignInEntryMapping : IEntityTypeConfiguration<SignInEntry>
{
    public void Configure(EntityTypeBuilder<SignInEntry> b)
    {
        b.ToTable("sign_ins");
        b.Property(s => s.Result).HasMaxLength(30);
        b.Property(s => s.UserName).HasMaxLength(60);
        b.Property(s => s.Address).HasMaxLength(60);
        b.Property(s => s.Agent).HasMaxLength(200);
        b.HasIndex(s => new { s.UserId, s.Id });
        b.HasIndex(s => new { s.UserName, s.Id });
        b.HasIndex(s => new { s.Address, s.Id });
        b.HasIndex(s => s.At);
    }
}
