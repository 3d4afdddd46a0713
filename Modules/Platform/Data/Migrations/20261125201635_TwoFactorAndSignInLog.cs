using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Platform.Data.Migrations
{
    /// <inheritdoc />
    public partial class TwoFactorAndSignInLog : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "two_factor_since",
                schema: "platform",
                table: "users",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "last_seen_at",
                schema: "platform",
                table: "sessions",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            // Sessions that are open now were last seen we do not know when: at least when they began.
            migrationBuilder.Sql("update platform.sessions set last_seen_at = started_at;");

            migrationBuilder.CreateTable(
                name: "recovery_codes",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hash = table.Column<string>(type: "character(64)", fixedLength: true, maxLength: 64, nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_recovery_codes", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "sign_ins",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    result = table.Column<string>(type: "character varying(30)", maxLength: 30, nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true),
                    user_name = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    address = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    agent = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    times = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_ins", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "trusted_browsers",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    stamp = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    hash = table.Column<string>(type: "character(64)", fixedLength: true, maxLength: 64, nullable: false),
                    trusted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    address = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    agent = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_trusted_browsers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "two_factors",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    secret = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    last_step = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_two_factors", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ux_recovery_codes_user_id_hash",
                schema: "platform",
                table: "recovery_codes",
                columns: new[] { "user_id", "hash" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sign_ins_address_id",
                schema: "platform",
                table: "sign_ins",
                columns: new[] { "address", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_sign_ins_at",
                schema: "platform",
                table: "sign_ins",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_sign_ins_user_id_id",
                schema: "platform",
                table: "sign_ins",
                columns: new[] { "user_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_sign_ins_user_name_id",
                schema: "platform",
                table: "sign_ins",
                columns: new[] { "user_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_trusted_browsers_user_id",
                schema: "platform",
                table: "trusted_browsers",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ux_trusted_browsers_hash",
                schema: "platform",
                table: "trusted_browsers",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ux_two_factors_user_id",
                schema: "platform",
                table: "two_factors",
                column: "user_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "recovery_codes",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "sign_ins",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "trusted_browsers",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "two_factors",
                schema: "platform");

            migrationBuilder.DropColumn(
                name: "two_factor_since",
                schema: "platform",
                table: "users");

            migrationBuilder.DropColumn(
                name: "last_seen_at",
                schema: "platform",
                table: "sessions");
        }
    }
}
