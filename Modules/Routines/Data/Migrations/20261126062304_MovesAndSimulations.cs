using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Routines.Data.Migrations
{
    /// <inheritdoc />
    public partial class MovesAndSimulations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "moved_jobs",
                schema: "routines",
                columns: table => new
                {
                    move_id = table.Column<Guid>(type: "uuid", nullable: false),
                    job_id = table.Column<Guid>(type: "uuid", nullable: false),
                    from_version_id = table.Column<Guid>(type: "uuid", nullable: false),
                    from_number = table.Column<int>(type: "integer", nullable: false),
                    verdict = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    reasons = table.Column<string>(type: "text", nullable: true),
                    status = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    state = table.Column<byte[]>(type: "bytea", nullable: true),
                    sequence = table.Column<long>(type: "bigint", nullable: true),
                    stages = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_moved_jobs", x => new { x.move_id, x.job_id });
                });

            migrationBuilder.CreateTable(
                name: "simulations",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    routine_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version_number = table.Column<int>(type: "integer", nullable: false),
                    definition_id = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    settings = table.Column<string>(type: "text", nullable: false),
                    run_id = table.Column<Guid>(type: "uuid", nullable: true),
                    report = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_simulations", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "version_moves",
                schema: "routines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    routine_id = table.Column<Guid>(type: "uuid", nullable: false),
                    to_version_id = table.Column<Guid>(type: "uuid", nullable: false),
                    to_number = table.Column<int>(type: "integer", nullable: false),
                    scope = table.Column<string>(type: "text", nullable: false),
                    choices = table.Column<string>(type: "text", nullable: false),
                    places = table.Column<string>(type: "text", nullable: false),
                    check_run_id = table.Column<Guid>(type: "uuid", nullable: true),
                    run_id = table.Column<Guid>(type: "uuid", nullable: true),
                    undo_run_id = table.Column<Guid>(type: "uuid", nullable: true),
                    checked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    moved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    undone_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_version_moves", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_moved_jobs_job_id",
                schema: "routines",
                table: "moved_jobs",
                column: "job_id");

            migrationBuilder.CreateIndex(
                name: "ix_simulations_routine_id_created_at",
                schema: "routines",
                table: "simulations",
                columns: new[] { "routine_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_version_moves_routine_id_created_at",
                schema: "routines",
                table: "version_moves",
                columns: new[] { "routine_id", "created_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "moved_jobs",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "simulations",
                schema: "routines");

            migrationBuilder.DropTable(
                name: "version_moves",
                schema: "routines");
        }
    }
}
